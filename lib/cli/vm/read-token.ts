import { text } from "node:stream/consumers";
import { UsageError } from "../exit";
import type { ThisVm } from "./this-vm";

/** The token from wherever the user has put it. */
export async function readToken(
  { machine }: ThisVm,
  given: string | undefined,
  file: string | undefined,
  stdin: NodeJS.ReadableStream = process.stdin,
): Promise<string> {
  if ((given === undefined) === (file === undefined)) {
    throw new UsageError(
      "give the token as the second argument, - to read it from standard input, or --token-file",
    );
  }
  const found =
    file !== undefined ? await machine.readFile(file) : given === "-" ? await text(stdin) : given!;
  const token = found.trim();
  if (token === "") throw new UsageError("the token is empty");
  return token;
}
