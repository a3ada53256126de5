/** Labels by which the lab finds what it made, also from another process and after a crash. */
export const LAB = "milvus-onprem.lab";
export const INDEX = `${LAB}.index`;
export const DOCKER = `${LAB}.docker`;
export const DISK = `${LAB}.disk-mib`;
export const HOSTNAME = `${LAB}.hostname`;

export const label = (key: string, value: string | number | boolean): string[] => [
  "--label",
  `${key}=${value}`,
];

export const filterBy = (lab: string): string[] => ["--filter", `label=${LAB}=${lab}`];
