import { readFile } from "node:fs/promises";
import type { Readable } from "node:stream";
import { UsageError } from "../exit";
import { parsePlan, type Plan } from "./plan-json";

/** From a file, or from standard input where none or "-" is named. */
export async function readPlan(
  file: string | undefined,
  stdin: Readable & { isTTY?: boolean },
): Promise<Plan> {
  if (file !== undefined && file !== "-") return parsePlan(await fileText(file), file);
  if (file === undefined && stdin.isTTY)
    throw new UsageError(
      "no plan: name a file, or pipe one in: terraform show -json plan | milvus-onprem review",
    );
  return parsePlan(await all(stdin), "standard input");
}

async function fileText(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    throw new Error(`cannot read the plan: ${(error as Error).message}`);
  }
}

async function all(stream: Readable): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(Buffer.from(part as Buffer | string));
  return Buffer.concat(parts).toString("utf8");
}
