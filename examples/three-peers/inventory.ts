import { readFileSync } from "node:fs";
import type { MilvusClusterProps, PeerProps } from "cdktf-milvus-onprem";

/** The VMs; edit here, or name a file in MILVUS_ONPREM_INVENTORY (README.md shows one), as the lab does. */
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
  readonly deleteData?: boolean;
}

const file = process.env.MILVUS_ONPREM_INVENTORY;
const inventory: Inventory = file === undefined ? example : JSON.parse(readFileSync(file, "utf8"));

/** What differs between places: where images come from, and how the cluster may end. */
export const settings: Omit<MilvusClusterProps, "version"> = {
  registry: inventory.registry,
  images: inventory.images,
  deletionProtection: inventory.deletionProtection,
  deleteData: inventory.deleteData,
};

const [first, second, third] = inventory.vms.map(({ address, user, privateKeyFile, hostKey }): PeerProps => ({
  address,
  ssh: { user, privateKeyFile, hostKey },
}));
if (!first || !second || !third) throw new Error(`${file}: vms: this example wants three`);

export const vms = [first, second, third] as const;
