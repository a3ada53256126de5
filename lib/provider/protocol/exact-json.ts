/** A string literal, or a number outside of one. */
const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/**
 * As JSON.parse, but a number that a double would change is returned as its text: Terraform's numbers have up to 512 bits.
 */
export function parseJson(text: string): unknown {
  const exact = text.replace(TOKEN, (token) => {
    const isNumber = !token.startsWith('"');
    return isNumber && String(Number(token)) !== token ? `"${token}"` : token;
  });
  return JSON.parse(exact);
}
