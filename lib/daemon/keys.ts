/** Every key that the daemons keep in etcd. Milvus' own keys live under its rootPath, see MILVUS_SESSIONS. */
export function keys(clusterId: string): { leader: string; spec: string } {
  const prefix = `/milvus-onprem/${clusterId}`;
  return {
    /** Held by the leader under its lease; value = peer name, create revision = term. */
    leader: `${prefix}/leader`,
    /** The committed spec: JSON of CommittedSpec. */
    spec: `${prefix}/spec`,
  };
}

/** Sessions of Milvus' components: etcd.rootPath (default by-dev) + /meta/session/<role>. Source: milvus-images.md. */
export const MILVUS_SESSIONS = "by-dev/meta/session/";
