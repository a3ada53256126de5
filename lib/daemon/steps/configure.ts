import type { StepExecutor } from "./step";

/** Writes the rendered files of this peer. */
export const configure: StepExecutor = {
  kind: "configure",
  isDone: ({ ports, spec, secrets }) => ports.files.upToDate(spec, secrets),
  run: ({ ports, spec, secrets }) => ports.files.write(spec, secrets),
};
