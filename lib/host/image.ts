import { CONFIG_DIR } from "../spec/paths";
import { archiveStream, openArchive, type Archive } from "./archive";
import { HostError, messageOf } from "./errors";
import type { Machine } from "./machine";
import { pullProblem } from "./pull-problem";
import { quote } from "./shell";

export interface ImageOptions {
  /** Full reference: `registry/name:tag` or `registry/name@sha256:…`. */
  readonly reference: string;
  /** File of `docker save` (.tar or .tar.gz) on this machine, sent instead of pulling. */
  readonly archive?: string;
  readonly registryAuth?: { readonly username: string; readonly password: string };
}

export interface ImageResult {
  /** Id of the image on the host, "sha256:…". */
  readonly id: string;
  /** How it came to be there. */
  readonly how: "present" | "pulled" | "sent";
}

const CHECK_MS = 60_000;
const TRANSFER_MS = 30 * 60_000;

/**
 * Makes sure that the host has the image. From a registry: one round trip; a reference that is there is not pulled again, so
 * name a new version by a new tag or by its digest. From an archive: sent unless this very file was loaded before.
 * Throws a HostError of kind "image".
 */
export async function ensureImage(host: Machine, o: ImageOptions): Promise<ImageResult> {
  return o.archive === undefined ? await pull(host, o) : await send(host, o.reference, o.archive);
}

async function pull(host: Machine, { reference, registryAuth }: ImageOptions): Promise<ImageResult> {
  const login = registryAuth ? [`registry=${quote(registryOf(reference))}`, LOGIN] : [];
  const script = [`ref=${quote(reference)}`, PRESENT, ...login, PULL].join("\n");
  const input = registryAuth && `${registryAuth.username}\n${registryAuth.password}`;
  const what = `pull image ${reference}`;
  const result = await host.run(script, { what, input, deadlineMs: TRANSFER_MS });
  if (result.code !== 0) throw pullProblem(host.target, reference, result.stderr);
  const [how = "", id = ""] = result.stdout.trim().split(" ");
  return { how: how as ImageResult["how"], id };
}

async function send(host: Machine, reference: string, path: string): Promise<ImageResult> {
  if (reference.includes("@sha256:")) throw digestOfArchive(host, reference);
  const archive = await openArchive(path).catch((error: unknown) => {
    throw unreadable(host, path, error);
  });
  const header = `ref=${quote(reference)}\nmarker=${quote(`${CONFIG_DIR}/images/${archive.digest}`)}\n`;
  const what = `look for image ${reference}`;
  const present = await host.check(header + LOADED_BEFORE, { what, deadlineMs: CHECK_MS, kind: "image" });
  if (present.stdout.trim() !== "") return { how: "present", id: present.stdout.trim() };
  return { how: "sent", id: await load(host, reference, archive, header) };
}

async function load(host: Machine, reference: string, archive: Archive, header: string): Promise<string> {
  const result = await host.check(header + LOAD, {
    what: `load image ${reference} from ${archive.path}`,
    input: archiveStream(archive),
    deadlineMs: TRANSFER_MS,
    kind: "image",
    fix: "Check that the archive is one of `docker save` and holds this reference, and that the host's disk has room",
  });
  return result.stdout.trim();
}

/** The registry's host as Docker reads a reference: its first part, where that looks like a host; else "", Docker's default. */
export function registryOf(reference: string): string {
  const first = reference.split("/")[0] ?? "";
  const isHost = reference.includes("/") && (/[.:]/.test(first) || first === "localhost");
  return isHost ? first : "";
}

function digestOfArchive(host: Machine, reference: string): HostError {
  return new HostError("image", host.target, {
    what: `cannot load ${reference} from an archive`,
    why: "an archive of docker save does not keep the digest under which a registry knows an image",
    fix: "Name the image by its tag, or have it pulled from a registry",
  });
}

function unreadable(host: Machine, path: string, cause: unknown): HostError {
  const explanation = {
    what: "cannot read the image archive",
    why: messageOf(cause),
    fix: `Create it on this machine: docker save IMAGE | gzip > ${path}`,
  };
  return new HostError("image", host.target, explanation, { cause });
}

const INSPECT = `docker image inspect --format '{{.Id}}' "$ref" 2>/dev/null`;

const PRESENT = `
id=$(${INSPECT}) && { echo "present $id"; exit; }
config=
`;

/**
 * The user name is the first line of standard input, the password is the rest. They rest in a private directory for as
 * long as the pull takes, never in root's own configuration.
 */
const LOGIN = `
umask 077
config=$(mktemp -d) || exit
trap 'rm -rf "$config"' EXIT
trap 'exit 1' HUP INT TERM
IFS= read -r user
docker --config "$config" login --username "$user" --password-stdin \${registry:+"$registry"} >/dev/null || exit
`;

const PULL = `
docker \${config:+--config "$config"} pull --quiet "$ref" >/dev/null || exit
id=$(${INSPECT}) && echo "pulled $id"
`;

/** The marker, named after the archive's digest, holds the id of the image that came of it. */
const LOADED_BEFORE = `
id=$(${INSPECT})
[ -z "$id" ] || [ "$(cat "$marker" 2>/dev/null)" != "$id" ] || echo "$id"
`;

const LOAD = `
loaded=$(docker load) || exit
id=$(${INSPECT}) || { echo "the archive does not hold $ref: $loaded" >&2; exit 1; }
mkdir -p "$(dirname "$marker")" && echo "$id" > "$marker" && echo "$id"
`;
