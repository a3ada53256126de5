/** Commands for a Milvus that is no cluster of ours; what they do to one is test/services/milvus-lite.test.ts. */
import { Terminal } from "./terminal";

let terminal: Terminal;
beforeEach(() => {
  terminal = new Terminal();
});
afterEach(() => terminal.close());

test.each<[string[], string]>([
  [["restore-export", "x", "--into", "nowhere"], "expected host:port"],
  [["restore-export", "x"], "--into <host:port>"],
  [["restore-export", "x", "--into", "h:1", "--drop-existing", "--keep-existing"], "cannot be used with"],
  [["export-milvus", "h:1", "--to", "."], "--name <name>"],
  [["export-milvus", "h:1", "--to", ".", "--name", "../x"], '"../x" cannot be the name of a backup'],
])("%j is a wrong command line", async (argv, message) => {
  const { code, stderr } = await terminal.run(...argv);
  expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
});

test("a directory that is no backup is told before any Milvus is asked", async () => {
  const { code, stderr } = await terminal.run("restore-export", "/nonexistent", "--into", "127.0.0.1:1");
  expect([code, stderr]).toEqual([1, expect.stringContaining("no backup in /nonexistent")]);
});
