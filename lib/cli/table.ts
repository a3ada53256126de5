import { stripVTControlCharacters } from "node:util";
import { colours } from "./style";

/** Columns that are as wide as their widest cell, two spaces apart. Cells may be coloured. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const { dim } = colours(process.stdout);
  const all = [header.map((h) => dim(h.toUpperCase())), ...rows];
  const widths = header.map((_, column) => Math.max(...all.map((row) => widthOf(row[column] ?? ""))));
  return all.map((row) => aligned(row, widths)).join("\n");
}

/** Names and values, a line each. */
export function facts(pairs: readonly (readonly [name: string, value: string])[]): string {
  const width = Math.max(...pairs.map(([name]) => name.length));
  return pairs.map(([name, value]) => `${name.padEnd(width)}  ${value}`.trimEnd()).join("\n");
}

function aligned(row: readonly string[], widths: readonly number[]): string {
  return row
    .map((cell, i) => cell + " ".repeat(widths[i]! - widthOf(cell)))
    .join("  ")
    .trimEnd();
}

/** Colours take no room. */
const widthOf = (cell: string): number => stripVTControlCharacters(cell).length;
