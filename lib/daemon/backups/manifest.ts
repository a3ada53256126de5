import { z } from "zod";
import { STRATEGIES } from "../../spec/milvus-backup";

/** Raised when an older release could misread what a newer one writes. */
export const FORMAT = 1;

const digest = { bytes: z.number().int().min(0), sha256: z.string().regex(/^[0-9a-f]{64}$/) };
const params = z.record(z.string(), z.string());
const utc = z.iso.datetime();
/** Written last: a backup without it is none. */
export const MANIFEST = "manifest.json";

/** Within the backup's folder, and never out of it. */
export const FILE_PATH = /^[\w$-][\w$.-]*(\/[\w$-][\w$.-]*)*$/;
const path = z.string().regex(FILE_PATH);

/** An object of the backup, relative to the backup's folder. */
const object = z.strictObject({ path, ...digest });

const field = z.strictObject({
  name: z.string(),
  description: z.string(),
  /** As Milvus calls it: "Int64", "FloatVector" … */
  type: z.string(),
  /** Of an array. */
  elementType: z.string().optional(),
  primaryKey: z.boolean(),
  autoId: z.boolean(),
  partitionKey: z.boolean(),
  clusteringKey: z.boolean(),
  nullable: z.boolean(),
  /** Absent where the field has none. */
  default: z.union([z.string(), z.number(), z.boolean()]).optional(),
  /** What a function of Milvus computes: such a field has no column in the files. */
  computed: z.boolean(),
  /** dim, max_length, max_capacity … */
  params,
});

const milvusFunction = z.strictObject({
  name: z.string(),
  description: z.string(),
  type: z.string(),
  inputs: z.array(z.string()),
  outputs: z.array(z.string()),
  params,
});

const index = z.strictObject({ name: z.string(), field: z.string(), params });

const rowFile = z.strictObject({
  path,
  /** That its rows belong to; absent where a partition key decides. */
  partition: z.string().optional(),
  rows: z.number().int().min(1),
  ...digest,
});

/** A moment on the clock that Milvus orders all writes by; `at` is the time that it says. */
const moment = z.strictObject({ tso: z.string().regex(/^\d+$/), at: utc });

/**
 * While rows were read. A write that was acknowledged before `from` is in the backup, one that was begun after `to` is not; of those
 * between them each is in it or not for itself.
 */
const window = z.strictObject({ from: moment, to: moment });

const collection = z.strictObject({
  database: z.string(),
  name: z.string(),
  description: z.string(),
  shards: z.number().int().min(1),
  consistencyLevel: z.string(),
  dynamicFields: z.boolean(),
  fields: z.array(field).min(1),
  functions: z.array(milvusFunction),
  indexes: z.array(index),
  /** Names; of a collection with a partition key only their number means something. */
  partitions: z.array(z.string()),
  properties: params,
  aliases: z.array(z.string()),
  /** Replicas in memory; 0 when it was not loaded. */
  replicas: z.number().int().min(0),
  read: window,
  rows: z.number().int().min(0),
  files: z.array(rowFile),
});

const grant = z.strictObject({
  database: z.string(),
  /** Kind of thing: "Collection", "Global", "User". */
  object: z.string(),
  objectName: z.string(),
  privilege: z.string(),
});

/** Who may do what. Passwords cannot be had from Milvus: a restoration makes roles, and no users. */
const access = z.strictObject({
  users: z.array(z.strictObject({ name: z.string(), roles: z.array(z.string()) })),
  roles: z.array(z.strictObject({ name: z.string(), grants: z.array(grant) })),
});

const data = z.strictObject({
  engine: z.literal("portable"),
  /** Version that the server says it is. */
  server: z.string(),
  read: window,
  databases: z.array(z.strictObject({ name: z.string(), properties: params })),
  collections: z.array(collection),
  /** Absent where only some databases or collections were asked for. */
  access: access.optional(),
});

const times = z.strictObject({ from: utc, to: utc });

const physicalCollection = z.strictObject({
  database: z.string(),
  name: z.string(),
  partitions: z.array(z.string()),
  aliases: z.array(z.string()),
  /** Whether all of it was in memory. */
  loaded: z.boolean(),
  /** As segments count them, with those that are deleted. */
  rows: z.number().int().min(0),
  bytes: z.number().int().min(0),
});

/** What milvus-backup has copied: Milvus' own files. Its meta tells of each with its size, and nobody of a checksum. */
const physical = z.strictObject({
  engine: z.literal("milvus-backup"),
  /** Version of Milvus, as the tool was told it. */
  server: z.string(),
  /** Image that made it. */
  image: z.string(),
  /** How it had Milvus write down what was in memory; absent: the tool's own choice. */
  strategy: z.enum(STRATEGIES).optional(),
  /** Name that the tool knows it by: a folder below the backup's. */
  folder: path,
  meta: object,
  /** While the tool was at work. */
  read: times,
  databases: z.array(z.string()),
  collections: z.array(physicalCollection),
  /** Whether users with their passwords' hashes, roles and grants are in it. */
  rights: z.boolean(),
});

const anyData = z.discriminatedUnion("engine", [data, physical]);

/** `<name>/manifest.json`, written last: a backup without it is none. */
export const manifestSchema = z.strictObject({
  format: z.literal(FORMAT),
  name: z.string(),
  /** Job that made it. */
  job: z.string(),
  createdAt: utc,
  cluster: z.strictObject({
    name: z.string(),
    id: z.string(),
    milvus: z.string(),
    generation: z.number().int(),
  }),
  data: anyData,
  etcd: object.optional(),
  spec: object.optional(),
});

/** Everything with a checksum that belongs to a backup besides the manifest itself. */
export function objectsOf({ data, etcd, spec }: Manifest): BackedUpObject[] {
  const files = data.engine === "portable" ? data.collections.flatMap((c) => c.files) : [data.meta];
  return [...files, ...[etcd, spec].flatMap((o) => o ?? [])].map(({ path, bytes, sha256 }) => ({
    path,
    bytes,
    sha256,
  }));
}

export type Manifest = z.infer<typeof manifestSchema>;
/** Of the portable engine. */
export type DataManifest = z.infer<typeof data>;
export type PhysicalManifest = z.infer<typeof physical>;
export type PhysicalCollection = z.infer<typeof physicalCollection>;
export type AnyData = z.infer<typeof anyData>;
type ManifestOf<D extends AnyData> = Omit<Manifest, "data"> & { readonly data: D };
export type PortableBackup = ManifestOf<DataManifest>;
export type PhysicalBackup = ManifestOf<PhysicalManifest>;
export type CollectionEntry = z.infer<typeof collection>;
export type FieldEntry = z.infer<typeof field>;
export type FunctionEntry = z.infer<typeof milvusFunction>;
export type IndexEntry = z.infer<typeof index>;
export type RowFile = z.infer<typeof rowFile>;
export type Moment = z.infer<typeof moment>;
export type ReadWindow = z.infer<typeof window>;
export type AccessEntry = z.infer<typeof access>;
export type BackedUpObject = z.infer<typeof object>;
export { anyData as anyDataSchema, collection as collectionSchema };

export function isPortable(manifest: Manifest): manifest is PortableBackup {
  return manifest.data.engine === "portable";
}

export function isPhysical(manifest: Manifest): manifest is PhysicalBackup {
  return manifest.data.engine === "milvus-backup";
}
