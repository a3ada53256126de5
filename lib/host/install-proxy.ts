import { registryOf } from "./image";
import type { RunResult } from "./machine";
import { isPrivate, splitHostPort } from "./no-proxy";

/** A proxy through which a VM reaches the world. */
export interface ProxyOptions {
  /** `http://[user:password@]host[:port]`. A secret: it may hold a password. */
  readonly url: string;
  /** Hosts, addresses and networks that are asked directly: the peers above all. */
  readonly noProxy: readonly string[];
}

/** What a peer asks directly: loopback, the peers ("host" or "host:port"), and the image's registry where it is in their network. */
export function directHosts(peers: readonly string[], image: string): string[] {
  const registry = splitHostPort(registryOf(image)).host;
  const near = registry !== "" && isPrivate(registry) ? [registry] : [];
  return [...new Set(["localhost", "127.0.0.1", "::1", ...peers.map((p) => splitHostPort(p).host), ...near])];
}

/** Where systemd looks for settings of an engine that we install. */
const FOLDER = "/etc/systemd/system/docker.service.d";
export const PROXY_DROP_IN = `${FOLDER}/milvus-onprem-proxy.conf`;

/**
 * Standard input of the script that installs: the URL, what is asked directly, and the engine's settings; nothing without a
 * proxy. Never in a command line, which everyone on the host can see.
 */
export function proxyInput(proxy: ProxyOptions | undefined): string {
  if (proxy === undefined) return "";
  return `${proxy.url}\n${proxy.noProxy.join(",")}\n${dropIn(proxy)}`;
}

/** Unit settings in which the engine finds the proxy (systemd.exec(5), Environment=). */
function dropIn({ url, noProxy }: ProxyOptions): string {
  const variables = { HTTP_PROXY: url, HTTPS_PROXY: url, NO_PROXY: noProxy.join(",") };
  const lines = Object.entries(variables).map(([name, value]) => `Environment="${name}=${escaped(value)}"`);
  return `# Made by milvus-onprem when it installed Docker.\n[Service]\n${lines.join("\n")}\n`;
}

/** In a unit, % begins a specifier, and \\ an escape within quotes. */
const escaped = (value: string): string => value.replace(/["\\]/g, "\\$&").replaceAll("%", "%%");

/** What a package manager said, without the proxy's password. */
export function withoutSecrets(result: RunResult, proxy: ProxyOptions | undefined): RunResult {
  const secrets = proxy === undefined ? [] : secretsOf(proxy.url);
  const hide = (text: string): string => secrets.reduce((t, secret) => t.replaceAll(secret, "***"), text);
  return { ...result, stdout: hide(result.stdout), stderr: hide(result.stderr) };
}

/** User and password as they stand in the URL, and the password as it is meant. */
function secretsOf(url: string): string[] {
  const login = /:\/\/([^/]*)@/.exec(url)?.[1];
  if (login === undefined) return [];
  const password = login.slice(login.indexOf(":") + 1);
  return [login, password, decoded(password)].filter((secret) => secret !== "");
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/**
 * Reads that input. The engine's settings are there before the engine, since some packages start it at once; an installation
 * that fails leaves none behind.
 */
export const PROXY_SCRIPT = `
use_proxy() {
  IFS= read -r proxy || return 0
  IFS= read -r no_proxy
  export http_proxy="$proxy" https_proxy="$proxy" no_proxy
  has systemctl || return 0
  mkdir -p ${FOLDER} || return
  trap '[ -n "$installed" ] || rm -f ${PROXY_DROP_IN}' EXIT
  trap 'exit 1' HUP INT TERM
  (umask 077; cat > ${PROXY_DROP_IN})
}
`;
