import { readFileSync } from "node:fs";
import type { ExternalS3Props, MilvusClusterProps, PeerProps } from "cdktf-milvus-onprem";

/** Where things are; edit here, or name a file in MILVUS_ONPREM_INVENTORY (README.md shows one), as the lab does. */
const example: Inventory = {
  vms: ["10.0.0.11", "10.0.0.12", "10.0.0.13"].map((address) => ({
    address,
    user: "root",
    privateKeyFile: "~/.ssh/id_ed25519",
  })),
};

interface Inventory {
  readonly vms: readonly {
    readonly address: string;
    readonly user: string;
    readonly privateKeyFile: string;
    readonly hostKey?: string;
  }[];
  readonly registry?: string;
  readonly images?: MilvusClusterProps["images"];
  readonly deletionProtection?: boolean;
  readonly onDestroy?: MilvusClusterProps["onDestroy"];
  /** For the example external-s3. */
  readonly s3?: Pick<ExternalS3Props, "endpoint" | "bucket" | "caPem">;
}

const file = process.env.MILVUS_ONPREM_INVENTORY;
const inventory: Inventory = file === undefined ? example : JSON.parse(readFileSync(file, "utf8"));

/** What differs between places: where images come from, and how the cluster may end. */
export const settings: Omit<MilvusClusterProps, "version"> = {
  registry: inventory.registry,
  images: inventory.images,
  deletionProtection: inventory.deletionProtection,
  onDestroy: inventory.onDestroy,
};

/** An S3 that is there already. */
export const s3 = inventory.s3 ?? { endpoint: "https://s3.eu-central-1.amazonaws.com", bucket: "my-vectors" };

/** As many of them as a program asks for. */
type Several<T, N extends number, Found extends T[] = []> = Found["length"] extends N
  ? Found
  : Several<T, N, [...Found, T]>;

/** The first VMs of the inventory. Throws when it has fewer. */
export function vms<N extends number>(count: N): Several<PeerProps, N> {
  if (inventory.vms.length < count) throw new Error(`${file}: vms: this example wants ${count}`);
  const found = inventory.vms.slice(0, count).map(({ address, user, privateKeyFile, hostKey }) => ({
    address,
    ssh: { user, privateKeyFile, hostKey },
  }));
  return found as Several<PeerProps, N>;
}
