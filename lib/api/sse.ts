/** One server-sent event. */
export interface ServerEvent {
  readonly event: string;
  readonly id?: string;
  readonly data: string;
}

/** Reads an event stream (WHATWG HTML, 9.2): comments keep the line open and are left out. */
export async function* serverEvents(body: AsyncIterable<Buffer | string>): AsyncGenerator<ServerEvent> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of body) {
    rest += typeof chunk === "string" ? chunk : decoder.decode(chunk, { stream: true });
    const blocks = rest.split(/\r?\n\r?\n/);
    rest = blocks.pop()!;
    for (const block of blocks) {
      const event = parse(block);
      if (event) yield event;
    }
  }
}

function parse(block: string): ServerEvent | undefined {
  const fields: Record<string, string[]> = {};
  for (const line of block.split(/\r?\n/)) {
    const [, name, value] = /^([^:]+):? ?(.*)$/.exec(line) ?? [];
    if (name !== undefined) (fields[name] ??= []).push(value!);
  }
  if (!fields.data) return undefined;
  return { event: fields.event?.at(-1) ?? "message", id: fields.id?.at(-1), data: fields.data.join("\n") };
}
