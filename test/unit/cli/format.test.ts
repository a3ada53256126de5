import { bytes, duration, moment } from "../../../lib/cli/format";
import { parseEndpoint, seconds } from "../../../lib/cli/arguments";
import { bar, ProgressLine } from "../../../lib/cli/progress";
import { colours } from "../../../lib/cli/style";

test.each([
  [0, "0 ms"],
  [850, "850 ms"],
  [1_234, "1.2 s"],
  [9_990, "10 s"],
  [59_400, "59 s"],
  [185_000, "3 min 5 s"],
  [7_200_000, "2 h"],
  [443_000_000, "5 d 3 h"],
])("%i ms is %s", (ms, text) => expect(duration(ms)).toBe(text));

test("a moment is absolute and relative", () => {
  const at = "2026-03-01T12:00:05.123Z";
  expect(moment(at, Date.parse(at) + 185_000)).toBe("2026-03-01 12:00:05Z (3 min 5 s ago)");
  expect(moment(at, Date.parse(at) - 60_000)).toBe("2026-03-01 12:00:05Z (in 1 min)");
  expect(moment(undefined)).toBe("");
});

test.each([
  [0, "0 B"],
  [1_023, "1023 B"],
  [1_572_864, "1.5 MiB"],
  [5 * 1024 ** 4, "5.0 TiB"],
])("%i bytes are %s", (count, text) => expect(bytes(count)).toBe(text));

test.each([
  ["90", 90],
  ["90s", 90],
  ["10m", 600],
  ["1h", 3_600],
])("%s is %i seconds", (text, value) => expect(seconds(text)).toBe(value));
test.each(["", "0", "-1", "1d", "soon"])("%j is no time", (text) => expect(() => seconds(text)).toThrow());

test.each([
  ["198.18.0.1:19500", { host: "198.18.0.1", port: 19500 }],
  ["vm.example:1", { host: "vm.example", port: 1 }],
  ["[2001:db8::1]:19500", { host: "2001:db8::1", port: 19500 }],
  ["198.18.0.1", undefined],
  ["https://a:1", undefined],
  ["a:0", undefined],
  ["a:70000", undefined],
])("%s is %j", (text, endpoint) => expect(parseEndpoint(text)).toEqual(endpoint));

describe("what a person sees", () => {
  const stream = (isTTY: boolean) => {
    let said = "";
    const write = (text: string): boolean => ((said += text), true);
    return { stream: { isTTY, columns: 40, write } as unknown as NodeJS.WriteStream, said: () => said };
  };
  const { NO_COLOR, TERM } = process.env;
  beforeEach(() => {
    delete process.env.NO_COLOR;
    process.env.TERM = "xterm";
  });
  afterEach(() => {
    if (NO_COLOR !== undefined) process.env.NO_COLOR = NO_COLOR;
    else delete process.env.NO_COLOR;
    if (TERM !== undefined) process.env.TERM = TERM;
    else delete process.env.TERM;
  });

  test("colours on a terminal alone, and none when NO_COLOR is set", () => {
    expect(colours({ isTTY: true }).red("x")).toBe("\x1b[31mx\x1b[39m");
    expect(colours({ isTTY: false }).red("x")).toBe("x");
    process.env.NO_COLOR = "1";
    expect(colours({ isTTY: true }).red("x")).toBe("x");
  });

  test("a progress line that is no longer than the terminal is wide, and goes when it ends", () => {
    const terminal = stream(true);
    const line = new ProgressLine(terminal.stream);
    line.show("x".repeat(100));
    line.note("a line of the log");
    line.end();
    expect(terminal.said()).toContain("x".repeat(37));
    expect(terminal.said()).not.toContain("x".repeat(38));
    expect(terminal.said()).toContain("\r\x1b[2Ka line of the log\n");
    expect(terminal.said().endsWith("\r\x1b[2K")).toBe(true);
  });

  test("no progress where nobody watches; lines stay", () => {
    const pipe = stream(false);
    const line = new ProgressLine(pipe.stream);
    line.show("working");
    line.note("a line of the log");
    line.end();
    expect(pipe.said()).toBe("a line of the log\n");
  });

  test("a bar", () => expect(bar(40)).toBe("[████······] 40 %"));
});
