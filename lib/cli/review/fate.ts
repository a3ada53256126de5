/** What a plan does to a resource. */
export type Fate = "created" | "changed" | "replaced" | "destroyed" | "forgotten" | "unchanged";

/** Of the actions of a plan; a forgotten resource leaves Terraform's state and goes on as it is. */
export function fateOf(actions: readonly string[]): Fate {
  const does = (action: string): boolean => actions.includes(action);
  if (does("delete")) return does("create") ? "replaced" : "destroyed";
  if (does("forget")) return "forgotten";
  if (does("create")) return "created";
  return does("update") ? "changed" : "unchanged";
}
