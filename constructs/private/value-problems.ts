import { Token } from "cdktf";
import { checkPort, checkProxyUrl, checkWebhookUrl } from "../../lib/spec/validators";

/** Terraform runs in the stack's folder, so a relative path would mean something else there than it does in the program. */
export function fileProblems(name: string, path: string | undefined): string[] {
  if (path === undefined || Token.isUnresolved(path) || /^(\/|~\/)./.test(path)) return [];
  return [
    `${name}: ${JSON.stringify(path)} must be absolute or start with ~/, because Terraform runs in the stack's output folder; path.resolve(…) makes it absolute`,
  ];
}

export function portProblems(name: string, port: number | undefined): string[] {
  const problem = port === undefined || Token.isUnresolved(port) ? undefined : checkPort(port);
  return problem === undefined ? [] : [`${name}: ${problem}`];
}

export function webhookProblems(name: string, url: string | undefined): string[] {
  const problem = url === undefined || Token.isUnresolved(url) ? undefined : checkWebhookUrl(url);
  return problem === undefined ? [] : [`${name}: ${problem}`];
}

export function proxyProblems(name: string, url: string | undefined): string[] {
  const problem = url === undefined || Token.isUnresolved(url) ? undefined : checkProxyUrl(url);
  return problem === undefined ? [] : [`${name}: ${problem}`];
}

export function secondsProblems(name: string, seconds: number | undefined): string[] {
  if (seconds === undefined || Token.isUnresolved(seconds) || (Number.isInteger(seconds) && seconds > 0))
    return [];
  return [`${name}: ${seconds} is not a whole number of seconds above 0`];
}
