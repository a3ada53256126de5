import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { refused } from "./login";

/** Content of a file that an import id names, without the line break at its end. Throws DiagnosticsError. */
export async function localFile(parameter: string, path: string): Promise<string> {
  const full = path.startsWith("~/") ? join(homedir(), path.slice(2)) : path;
  const text = await readFile(full, "utf8").catch((error: Error) => {
    throw unreadable(parameter, path, error.message);
  });
  if (text.trim() === "") throw unreadable(parameter, path, "it is empty");
  return text.trim();
}

function unreadable(parameter: string, path: string, why: string): Error {
  return refused(
    `${parameter} of the import id cannot be read`,
    `${path}: ${why}. Name a file on the machine that runs Terraform, by its absolute path.`,
  );
}
