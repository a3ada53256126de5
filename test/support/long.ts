/** Set by `npm run test:long`, which also runs what takes minutes and finds little that the rest does not. */
export const long = process.env.MILVUS_ONPREM_LONG === "1";

/** `describe` and `test` of what only the long run does; the reason is printed where they are skipped. */
export function onlyLong(reason: string): { describe: jest.Describe; test: jest.It } {
  if (long) return { describe, test };
  // Jest does not show what a file of skipped tests alone has logged.
  process.stdout.write(`skipped: ${reason}; npm run test:long runs it\n`);
  return { describe: describe.skip, test: test.skip };
}
