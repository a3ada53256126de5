import type { FormProgress, FormRequest, StagedSecrets, TeardownRequest } from "../../../api/wire";
import { formProgress } from "../replies";
import { route, type Route } from "../route";
import { formRequest, stagedSecrets, teardownRequest } from "../schemas";

export interface PeerActions {
  form(request: FormRequest): Promise<FormProgress>;
  formProgress(): FormProgress;
  stage(secrets: StagedSecrets): Promise<void>;
  teardown(request: TeardownRequest): Promise<void>;
}

/** What is done to this one peer. */
export function peerRoutes(actions: PeerActions): Route[] {
  const member = { tag: "peer", access: "member" } as const;
  return [
    route({
      ...member,
      method: "POST",
      path: "/form",
      summary: "Form the cluster on this peer",
      description:
        "Sent to every peer at the same time. Idempotent: again with the same spec, it goes on at the first step that is not done.",
      body: formRequest,
      replies: { 202: { description: "Under way", schema: formProgress } },
      handle: async ({ body }) => ({ status: 202, body: await actions.form(body) }),
    }),
    route({
      ...member,
      method: "GET",
      path: "/form",
      summary: "How far forming is on this peer",
      replies: { 200: { description: "Its steps", schema: formProgress } },
      handle: async () => ({ body: actions.formProgress() }),
    }),
    route({
      ...member,
      method: "POST",
      path: "/secrets",
      summary: "Keep other secrets, for a change that is to put them in force",
      description:
        "Asked of the leader, which hands them to every peer when a change begins whose spec names them. Idempotent.",
      leaderOnly: true,
      body: stagedSecrets,
      replies: { 204: { description: "Kept beside those in force" } },
      handle: async ({ body }) => {
        await actions.stage(body);
        return { status: 204 };
      },
    }),
    route({
      ...member,
      method: "POST",
      path: "/teardown",
      summary: "Stop and remove all containers of this peer",
      description: "Data goes only when asked. Idempotent.",
      body: teardownRequest,
      replies: { 204: { description: "Torn down" } },
      handle: async ({ body }) => {
        await actions.teardown(body);
        return { status: 204 };
      },
    }),
  ];
}
