import { createInterface } from "node:readline/promises";
import { UsageError } from "./exit";

/** A person types the name of what is meant. Throws where nobody is there to, naming the option of a program. */
export async function confirmByName(name: string, question: string, option: string): Promise<void> {
  if (!process.stdin.isTTY) throw new UsageError(`nobody is there to confirm: use ${option}`);
  const line = createInterface({ input: process.stdin, output: process.stderr });
  const typed = await line.question(`${question} Type ${name} to go on: `);
  line.close();
  if (typed.trim() !== name) throw new Error("not confirmed; nothing has been changed");
}
