export type OutputFormat = "table" | "json";

/** Prints a command's result: the value for a program, or its text for a person. */
export function print<T>(output: OutputFormat, value: T, text: (value: T) => string): void {
  console.log(output === "json" ? JSON.stringify(value, null, 2) : text(value));
}

/** One of many results that come over time: a line of JSON, or the text. */
export function printLine<T>(output: OutputFormat, value: T, text: (value: T) => string): void {
  console.log(output === "json" ? JSON.stringify(value) : text(value));
}

/** For a person who watches; never mixed with the result. */
export function note(text: string): void {
  process.stderr.write(`${text}\n`);
}
