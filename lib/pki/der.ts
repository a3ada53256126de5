/** The few DER encodings (ITU-T X.690) that a certificate is made of. */

/** One element: tag, length, content. */
export function element(tag: number, ...content: Buffer[]): Buffer {
  const body = Buffer.concat(content);
  return Buffer.concat([Buffer.from([tag]), length(body.length), body]);
}

export const sequence = (...items: Buffer[]): Buffer => element(0x30, ...items);
export const set = (...items: Buffer[]): Buffer => element(0x31, ...items);
export const octets = (content: Buffer): Buffer => element(0x04, content);
export const utf8 = (text: string): Buffer => element(0x0c, Buffer.from(text, "utf8"));
export const TRUE = element(0x01, Buffer.from([0xff]));

/** `[n]` around complete elements. */
export const explicit = (n: number, ...items: Buffer[]): Buffer => element(0xa0 + n, ...items);
/** `[n]` in the place of a primitive element's own tag. */
export const implicit = (n: number, content: Buffer): Buffer => element(0x80 + n, content);

/** A number of zero or more, big-endian. */
export function integer(bytes: Buffer): Buffer {
  const first = bytes.findIndex((b) => b !== 0);
  const trimmed = first === -1 ? Buffer.from([0]) : bytes.subarray(first);
  const negativeLooking = (trimmed[0] as number) >= 0x80;
  return element(0x02, negativeLooking ? Buffer.from([0]) : Buffer.alloc(0), trimmed);
}

export function bits(content: Buffer, unused = 0): Buffer {
  return element(0x03, Buffer.from([unused]), content);
}

/** Object identifier in dotted form. */
export function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  return element(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}

/** RFC 5280, 4.1.2.5: two-digit years until 2049, four-digit years from 2050 on. */
export function time(date: Date): Buffer {
  const text = `${date.toISOString().replace(/[-:T]/g, "").slice(0, 14)}Z`;
  const late = date.getUTCFullYear() >= 2050;
  return late ? element(0x18, Buffer.from(text)) : element(0x17, Buffer.from(text.slice(2)));
}

function length(n: number): Buffer {
  if (n < 0x80) return Buffer.from([n]);
  const hex = n.toString(16);
  const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, "hex");
  return Buffer.concat([Buffer.from([0x80 + bytes.length]), bytes]);
}

function base128(n: number): number[] {
  const digits = [n & 0x7f];
  for (let rest = Math.floor(n / 128); rest > 0; rest = Math.floor(rest / 128)) {
    digits.unshift((rest & 0x7f) | 0x80);
  }
  return digits;
}
