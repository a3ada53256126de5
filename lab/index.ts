/** The lab, as tests and benchmarks see it. */
export { buildDaemonImage } from "./daemon-image";
export { Lab, type LabOptions } from "./data-centre";
export { publish } from "./registry";
export type { RunOptions, RunResult } from "./run";
export type { Vm } from "./vm";
