import { HostError } from "./errors";

type Rule = readonly [said: RegExp, why: (reference: string) => string, fix: string];

/** What Docker says when a pull fails, in the order in which it is asked for, and what that means. */
const RULES: readonly Rule[] = [
  [
    /unauthorized|no basic auth credentials|authentication required|incorrect username or password/i,
    () => "the registry refused the credentials",
    "Check username and password of registry_auth",
  ],
  [
    /manifest.*(unknown|not found)|not found: manifest|repository .*not found|name unknown|invalid checksum digest|digest.*(mismatch|verification)|verification failed for digest|: not found/i,
    (reference) =>
      reference.includes("@")
        ? "the registry has no image of this digest"
        : "the registry has no image of this name and tag",
    "Check the reference against the registry; a digest is that of the manifest, as `docker buildx imagetools inspect` shows it",
  ],
  [
    /denied/i,
    () => "the registry denies access, or has no such repository",
    "Check the name, and give registry_auth where it is private",
  ],
  [
    /server gave HTTP response to HTTPS client/i,
    () => "the registry speaks plain HTTP",
    'Give it TLS, or list it in "insecure-registries" of /etc/docker/daemon.json on the VM',
  ],
  [
    /x509|certificate/i,
    () => "the VM does not trust the registry's certificate",
    "Place its CA into /etc/docker/certs.d/REGISTRY/ca.crt on the VM",
  ],
  [
    /toomanyrequests|rate limit/i,
    () => "the registry limits how often it may be asked",
    "Wait, or give registry_auth",
  ],
  [/no space left/i, () => "the disk of the VM is full", "Free some space (docker system prune)"],
  [
    /invalid reference format/i,
    () => "this is not an image reference",
    "Give registry/name:tag or registry/name@sha256:…",
  ],
  [
    /no such host|connection refused|i\/o timeout|timeout exceeded|no route to host|network is unreachable|TLS handshake timeout/i,
    () => "the VM cannot reach the registry",
    "Check name resolution, routes and proxies on the VM, or send the image as an archive",
  ],
];

/** The error of a failed pull, from what Docker said. */
export function pullProblem(target: string, reference: string, stderr: string): HostError {
  const said = stderr.trim().split("\n").slice(-3).join(" ").slice(-400);
  const rule = RULES.find(([pattern]) => pattern.test(said));
  return new HostError("image", target, {
    what: `cannot pull image ${reference}`,
    why: rule ? `${rule[1](reference)} (docker: ${said})` : `docker: ${said}`,
    fix: rule?.[2] ?? "Try docker pull on the VM",
  });
}
