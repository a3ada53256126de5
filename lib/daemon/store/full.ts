/** etcd takes no writes until there is room in its database again. See docs/store.md. */
export class StoreFull extends Error {
  readonly statusCode = 507;

  constructor() {
    super(
      "etcd's database is at its quota (alarm NOSPACE), so it takes no writes, and Milvus stands still. " +
        "Make room: milvus-onprem rescue nospace; what fills it: see docs/store.md",
    );
    this.name = "StoreFull";
  }
}

export function isFull(error: Error): boolean {
  return error.message.includes("database space exceeded");
}
