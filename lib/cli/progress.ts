import { colours } from "./style";

const FRAMES = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const FRAME_MS = 100;
const CLEAR = "\r\x1b[2K";

/** One line on standard error that says what is being done, where a person sees it on a terminal; else nothing at all. */
export class ProgressLine {
  private text = "";
  private frame = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly stream: NodeJS.WriteStream = process.stderr) {}

  get shown(): boolean {
    return Boolean(this.stream.isTTY);
  }

  show(text: string): void {
    this.text = text;
    if (!this.shown) return;
    this.timer ??= setInterval(() => this.draw(), FRAME_MS);
    this.draw();
  }

  /** A whole line above the progress; on any standard error. */
  note(text: string): void {
    this.stream.write(`${this.shown ? CLEAR : ""}${text}\n`);
    if (this.timer) this.draw();
  }

  end(): void {
    if (!this.timer) return;
    clearInterval(this.timer);
    this.timer = undefined;
    this.stream.write(CLEAR);
  }

  private draw(): void {
    const sign = FRAMES[this.frame++ % FRAMES.length]!;
    const room = Math.max(10, (this.stream.columns ?? 80) - 3);
    this.stream.write(`${CLEAR}${colours(this.stream).cyan(sign)} ${this.text.slice(0, room)}`);
  }
}

/** "[████······] 40 %". */
export function bar(percent: number): string {
  const full = Math.round(Math.min(100, Math.max(0, percent)) / 10);
  return `[${"█".repeat(full)}${"·".repeat(10 - full)}] ${Math.round(percent)} %`;
}
