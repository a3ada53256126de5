import type { FormStepKind } from "../../plan/form";
import { commit } from "./commit";
import { configure } from "./configure";
import { credentials } from "./credentials";
import { etcd } from "./etcd";
import { images } from "./images";
import { milvus } from "./milvus";
import { queue } from "./queue";
import { start } from "./start";
import type { StepExecutor } from "./step";
import { storage } from "./storage";

/** One executor for each kind of step that a plan may hold. */
export const EXECUTORS: Readonly<Record<FormStepKind, StepExecutor>> = {
  configure,
  images,
  start,
  etcd,
  storage,
  queue,
  milvus,
  credentials,
  commit,
};
