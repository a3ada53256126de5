import type { FormProgress, FormRequest, TeardownRequest } from "../../../api/wire";
import { formProgress } from "../replies";
import { route, type Route } from "../route";
import { formRequest, teardownRequest } from "../schemas";

export interface PeerActions {
  form(request: FormRequest): Promise<FormProgress>;
  formProgress(): FormProgress;
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
