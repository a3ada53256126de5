import type { BackupEngine, KeepSpec } from "../lib/spec/spec";

/** Where backups lie, and which of them are made by themselves. */
export interface BackupsProps {
  /**
   * When backups are made: five fields of cron, e.g. "30 2 * * *".
   * @default - none is made by itself
   */
  readonly schedule?: string;

  /**
   * IANA name of the clock that schedules go by.
   * @default "UTC"
   */
  readonly timeZone?: string;

  /**
   * Which scheduled backups stay: the `last` newest ones, and the newest one of each of so many days, weeks and months (`daily`, `weekly`,
   * `monthly`). Others are deleted after each new one.
   * @default - the newest 7
   */
  readonly keep?: Partial<KeepSpec>;

  /**
   * When the newest backup is restored for a while and compared, as `schedule`.
   * @default - never by itself
   */
  readonly drillSchedule?: string;

  /**
   * Where backups lie. Backups that are elsewhere when it changes stay there.
   * @default - the cluster's own bucket: as safe as that is, and no safer
   */
  readonly target?: BackupTargetProps;

  /**
   * Encrypts contents of backups before they leave the peer; names and sizes stay readable. What was written before is read as it is.
   * @default - what the store does
   */
  readonly encryption?: BackupEncryptionProps;

  /**
   * What makes backups that name no engine. "portable" reads rows and schemas through Milvus' own API: verified row by row, drilled,
   * restored into any version. "milvus-backup" has the tool of that name copy Milvus' files: faster for much data, and restored into the
   * same version or a newer one, 2.4 at least; neither encrypted nor drilled.
   * @default "portable"
   */
  readonly engine?: BackupEngine;
}

export interface BackupEncryptionProps {
  /**
   * Identities of [age](https://age-encryption.org), one a line, as `age-keygen` makes them: the first one encrypts, each of them decrypts.
   * A sensitive token, never a literal. Whoever has lost it has lost the backups: keep it in another place, too.
   */
  readonly ageIdentity: string;
}

export interface RestoreFromProps {
  /** Name of a backup, or "latest": the newest one that is whole. */
  readonly backup: string;
}

/** Exactly one of `s3` and `directory`. */
export interface BackupTargetProps {
  /**
   * An object store outside the cluster.
   * @default - none
   */
  readonly s3?: S3BackupTargetProps;

  /**
   * Where a share (NFS …) is mounted, the same one on every peer: below `/mnt`, as the hosts mount it.
   * @default - none
   */
  readonly directory?: string;

  /**
   * Folder of `directory` for this cluster alone; a new cluster that has the one of a lost cluster finds its backups there.
   * @default - the cluster's name
   */
  readonly prefix?: string;
}

export interface S3BackupTargetProps {
  /** `https://host[:port]` or `http://host[:port]`. */
  readonly endpoint: string;

  /** It must be there already. */
  readonly bucket: string;

  /**
   * Folder of the bucket for this cluster alone; a new cluster that has the one of a lost cluster finds its backups there.
   * @default - the cluster's name
   */
  readonly prefix?: string;

  /**
   * Region of the bucket.
   * @default - none is said
   */
  readonly region?: string;

  /**
   * `https://host/bucket` instead of `https://bucket.host`: what most stores but Amazon's want.
   * @default true
   */
  readonly pathStyle?: boolean;

  /** Access key that may list the bucket, and read, write and delete below the prefix. */
  readonly accessKey: string;

  /** Its secret; give it as a sensitive token, never as a literal. */
  readonly secretKey: string;

  /**
   * Certificate of the authority that vouches for the endpoint, PEM.
   * @default - public authorities
   */
  readonly caPem?: string;
}
