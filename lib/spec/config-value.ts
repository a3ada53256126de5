import type { ConfigValue } from "./spec";

/** A setting that comes as text, as from Terraform's maps and command lines: numbers and booleans are meant as such. */
export function configValue(text: string): ConfigValue {
  if (text === "true" || text === "false") return text === "true";
  return text !== "" && String(Number(text)) === text && Number.isFinite(Number(text)) ? Number(text) : text;
}
