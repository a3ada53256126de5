/** What becomes of a cluster's data when the cluster is destroyed. */
export type OnDestroy = (typeof ON_DESTROY)[number];
export const ON_DESTROY = ["keep_data", "delete_data"] as const;
