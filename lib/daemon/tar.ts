/** POSIX.1-1988 (ustar): blocks of 512 bytes, numbers in octal, two empty blocks at the end. */
const BLOCK = 512;
const NAME_BYTES = 100;

export interface TarFile {
  /** Absolute path; root owns it. */
  readonly name: string;
  readonly content: string;
  readonly mode: number;
}

/** An archive of a few small files, in memory: what they hold is written nowhere on the way. */
export function tarOf(files: readonly TarFile[]): Buffer {
  const blocks = files.flatMap(({ name, content, mode }) => {
    const bytes = Buffer.from(content);
    const padding = Buffer.alloc((BLOCK - (bytes.length % BLOCK)) % BLOCK);
    return [header(name.replace(/^\/+/, ""), bytes.length, mode), bytes, padding];
  });
  return Buffer.concat([...blocks, Buffer.alloc(2 * BLOCK)]);
}

function header(name: string, bytes: number, mode: number): Buffer {
  if (Buffer.byteLength(name) > NAME_BYTES) throw new Error(`${name} is too long a path for an archive`);
  const block = Buffer.alloc(BLOCK);
  block.write(name, 0);
  block.write(octal(mode, 7), 100);
  block.write(octal(0, 7), 108);
  block.write(octal(0, 7), 116);
  block.write(octal(bytes, 11), 124);
  block.write(octal(Math.floor(Date.now() / 1000), 11), 136);
  block.write("0", 156);
  block.write("ustar\0" + "00", 257);
  // The sum is of a header that has spaces in its own place.
  block.write(" ".repeat(8), 148);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${octal(sum, 6)}\0 `, 148);
  return block;
}

function octal(n: number, digits: number): string {
  return n.toString(8).padStart(digits, "0");
}
