import type { FormStepKind } from "../../plan/form";
import { commit } from "./commit";
import { configure } from "./configure";
import { credentials } from "./credentials";
import { etcd } from "./etcd";
import { etcdAccess } from "./etcd-access";
import { images } from "./images";
import { milvus } from "./milvus";
import { outside } from "./outside";
import { queue } from "./queue";
import { start } from "./start";
import type { StepExecutor } from "./step";
import { storage } from "./storage";
import { storageAccess } from "./storage-access";

/** One executor for each kind of step that a plan may hold. */
export const EXECUTORS: Readonly<Record<FormStepKind, StepExecutor>> = {
  outside,
  configure,
  images,
  start,
  etcd,
  etcdAccess,
  storage,
  storageAccess,
  queue,
  milvus,
  credentials,
  commit,
};
