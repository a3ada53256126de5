/**
 * First lines of the provider's bundle: a program for `sh` and for Node at once, so that a machine without Node, or with
 * one that cannot parse what follows, gets a sentence instead of a riddle.
 *
 * - Terraform shows the first line that a plugin prints to stdout when it is no handshake: messages go there.
 * - Loading by `require` keeps the file CommonJS even below a package.json that says `"type": "module"`.
 * - For Node the second line is a string and a comment.
 */
export const PROVIDER_HEADER = [
  "#!/bin/sh",
  `":" //; command -v node >/dev/null 2>&1 || { echo "${needs("there is no node in PATH")}"; exit 1; }; exec node -e '${loader()}' "$0" "$@"`,
].join("\n");

function needs(why: string): string {
  return `This Terraform provider needs Node.js 20 or newer: ${why}. Install it (https://nodejs.org) on the machine that runs terraform.`;
}

/** In the language that the oldest Node understands; neither single quotes nor line breaks. */
function loader(): string {
  const message = needs('this is " + process.version + "');
  return [
    "if (parseInt(process.versions.node, 10) < 20) {",
    `console.log("${message}"); process.exit(1);`,
    "}",
    'require(require("path").resolve(process.argv[1]));',
  ].join(" ");
}
