import type { AuthClient } from "etcd3";
import type { AccessRules } from "../ports/store";

/** The role that etcd lets do everything, and the user that it wants to exist before it asks for users at all. */
const ROOT = "root";

/**
 * Makes etcd ask who somebody is, which their certificate says. Nobody has a password: Milvus' standbys panic when the token that one
 * is exchanged for has expired (milvus-io/milvus#50102). May be done again at any time.
 */
export async function limitAccess(
  auth: AuthClient,
  { owners, user, prefixes, reads }: AccessRules,
): Promise<void> {
  await unlessThere(auth.roleAdd({ name: user }));
  for (const prefix of prefixes) {
    const perm = { permType: "Readwrite" as const, key: Buffer.from(prefix), range_end: endOf(prefix) };
    await auth.roleGrantPermission({ name: user, perm });
  }
  for (const key of reads) {
    await auth.roleGrantPermission({
      name: user,
      perm: { permType: "Read", key: Buffer.from(key), range_end: Buffer.alloc(0) },
    });
  }
  await unlessThere(auth.roleAdd({ name: ROOT }));
  for (const name of [ROOT, ...owners]) await addUser(auth, name, ROOT);
  await addUser(auth, user, user);
  await auth.authEnable();
}

/** Lets one more peer do everything. */
export function admitOwner(auth: AuthClient, name: string): Promise<void> {
  return addUser(auth, name, ROOT);
}

export async function expelUser(auth: AuthClient, name: string): Promise<void> {
  await auth.userDelete({ name }).catch((error: Error) => {
    if (!/not found/.test(error.message)) throw error;
  });
}

/** Whether etcd asks at all. */
export async function accessIsLimited(auth: AuthClient): Promise<boolean> {
  return (await auth.authStatus()).enabled;
}

async function addUser(auth: AuthClient, name: string, role: string): Promise<void> {
  await unlessThere(auth.userAdd({ name, options: { no_password: true } }));
  await auth.userGrantRole({ user: name, role });
}

async function unlessThere(work: Promise<unknown>): Promise<void> {
  await work.catch((error: Error) => {
    if (!/already exists/.test(error.message)) throw error;
  });
}

/** The first key beyond a prefix, as etcd writes ranges. */
function endOf(prefix: string): Buffer {
  const end = Buffer.from(prefix);
  end[end.length - 1]! += 1;
  return end;
}
