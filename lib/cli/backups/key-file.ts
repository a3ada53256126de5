import { UsageError } from "../exit";

/** Keys of a store, which must not be on a command line. Throws UsageError, which holds neither. */
export function twoKeys(option: string, text: string): { accessKey: string; secretKey: string } {
  const [accessKey, secretKey, ...more] = text.trim().split(/\s*\n\s*/);
  if (!accessKey || !secretKey || more.length > 0)
    throw new UsageError(`${option}: it must have two lines, the access key and its secret`);
  return { accessKey, secretKey };
}
