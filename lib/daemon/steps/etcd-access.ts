import { MILVUS_USER } from "../../spec/paths";
import { familyOf } from "../../spec/version";
import type { StepExecutor } from "./step";

/** Key that Milvus asks for to see whether etcd is there (2.3 to 2.6: internal/util/sessionutil); nobody writes it. */
const CONNECTION_TEST = "health";

/** Peers may do everything in etcd, Milvus sees its own keys alone: each by the name in its certificate. */
export const etcdAccess: StepExecutor = {
  kind: "etcdAccess",
  isDone: ({ ports }) => ports.store.accessIsLimited(),
  run: ({ ports, spec }) =>
    ports.store.limitAccess({
      owners: spec.peers.map(({ name }) => name),
      user: MILVUS_USER,
      prefixes: familyOf(spec.version).etcdPrefixes,
      reads: [CONNECTION_TEST],
    }),
};
