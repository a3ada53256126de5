import type { AccessEntry } from "../manifest";
import { MilvusRefusal, type MilvusCalls } from "./calls";

/** Made by Milvus itself; what they may do can still be changed. */
const BUILT_IN_ROLES = ["admin", "public"];
/** Grants of all databases. */
const ANY = "*";

interface Grant {
  readonly role: { readonly name: string };
  readonly object: { readonly name: string };
  readonly object_name: string;
  readonly grantor: { readonly privilege: { readonly name: string } };
  readonly db_name: string;
}

type RoleGrant = AccessEntry["roles"][number]["grants"][number];

/** Whether the server knows users at all: Milvus Lite does not. */
export async function knowsAccess(calls: MilvusCalls): Promise<boolean> {
  return (await calls.askIfKnown("list users", "ListCredUsers", {})) !== undefined;
}

/** Users with their roles, roles with their grants; undefined where the server knows none. */
export async function describeAccess(
  calls: MilvusCalls,
  databases: readonly string[],
): Promise<AccessEntry | undefined> {
  if (!(await knowsAccess(calls))) return undefined;
  type Users = { results: { user: { name: string }; roles: { name: string }[] }[] };
  type Roles = { results: { role: { name: string } }[] };
  const users = await calls.ask<Users>("list users", "SelectUser", { include_role_info: true });
  const roles = await calls.ask<Roles>("list roles", "SelectRole", {});
  const names = roles.results.map(({ role }) => role.name).sort();
  return {
    users: users.results
      .map((u) => ({ name: u.user.name, roles: u.roles.map((r) => r.name).sort() }))
      .sort((a, b) => (a.name < b.name ? -1 : 1)),
    roles: await Promise.all(
      names.map(async (name) => ({ name, grants: await grantsOf(calls, name, databases) })),
    ),
  };
}

/** Makes roles, grants, and what users of the same name may do here. Returns the users that are not here: their passwords cannot be had. */
export async function restoreAccess(
  calls: MilvusCalls,
  access: AccessEntry,
  rename: (database: string, collection: string) => { database: string; name: string },
): Promise<string[]> {
  for (const { name, grants } of access.roles) {
    if (!BUILT_IN_ROLES.includes(name)) await unlessThere(calls, name);
    for (const grant of grants) await give(calls, name, grant, rename);
  }
  type Users = { usernames: string[] };
  const { usernames } = await calls.ask<Users>("list users", "ListCredUsers", {});
  const here = access.users.filter(({ name }) => usernames.includes(name));
  for (const user of here) {
    for (const role_name of user.roles) {
      const request = { username: user.name, role_name, type: "AddUserToRole" };
      await calls.ask(`give role ${role_name} to user ${user.name}`, "OperateUserRole", request);
    }
  }
  return access.users.map(({ name }) => name).filter((name) => !usernames.includes(name));
}

async function grantsOf(
  calls: MilvusCalls,
  role: string,
  databases: readonly string[],
): Promise<RoleGrant[]> {
  const found = new Map<string, RoleGrant>();
  for (const db_name of [...databases, ANY]) {
    const what = `list the grants of role ${role}`;
    const request = { entity: { role: { name: role }, db_name } };
    const { entities } = await calls.ask<{ entities: Grant[] }>(what, "SelectGrant", request);
    for (const e of entities) {
      const grant = {
        ...{ database: e.db_name, object: e.object.name, objectName: e.object_name },
        privilege: e.grantor.privilege.name,
      };
      found.set(JSON.stringify(grant), grant);
    }
  }
  return [...found.keys()].sort().map((key) => found.get(key)!);
}

async function unlessThere(calls: MilvusCalls, role: string): Promise<void> {
  try {
    await calls.ask(`make role ${role}`, "CreateRole", { entity: { name: role } });
  } catch (error) {
    if (!(error instanceof MilvusRefusal) || !/exist/i.test(error.message)) throw error;
  }
}

async function give(
  calls: MilvusCalls,
  role: string,
  grant: RoleGrant,
  rename: (database: string, collection: string) => { database: string; name: string },
): Promise<void> {
  const { database, name } =
    grant.object === "Collection" && grant.objectName !== ANY
      ? rename(grant.database, grant.objectName)
      : { database: grant.database, name: grant.objectName };
  const entity = {
    ...{ role: { name: role }, object: { name: grant.object }, object_name: name, db_name: database },
    grantor: { privilege: { name: grant.privilege } },
  };
  const what = `grant ${grant.privilege} on ${grant.object} ${name} to role ${role}`;
  await calls.ask(what, "OperatePrivilege", { entity, type: "Grant" });
}
