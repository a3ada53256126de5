/** The part of tar-fs (a dependency of dockerode, too) that is used here: it comes without types. */
declare module "tar-fs" {
  export function pack(directory: string): NodeJS.ReadableStream;
  export function extract(directory: string): NodeJS.WritableStream;
}
