import { stagedSecrets } from "../api/schemas";
import type { StagedSecrets } from "../../api/wire";
import type { PeerTask } from "./task";

/** The peer keeps secrets that a change is to put in force. They come over mutual TLS alone, and are in no record of the job. */
export const takeSecrets: PeerTask<StagedSecrets, Record<string, never>> = {
  name: "take-secrets",
  params: stagedSecrets,
  run: async (given, { stage }) => {
    await stage(given);
    return {};
  },
};

/** The peer forgets them, for the change was taken back. */
export const forgetSecrets: PeerTask<Pick<StagedSecrets, "of">, Record<string, never>> = {
  name: "forget-secrets",
  params: stagedSecrets.pick({ of: true }),
  run: async ({ of }, { forget }) => {
    await forget(of);
    return {};
  },
};
