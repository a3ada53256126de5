import { access, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { z } from "zod";
import { MAY_REBOOT, REBOOT_REQUEST } from "../../spec/paths";
import { bootId } from "../boot";
import type { DaemonConfig } from "../config";
import type { PeerTask } from "./task";

/** Which boot of its VM the peer lives in, and whether it may have it rebooted. */
export const reportBoot: PeerTask<Record<string, never>, { boot: string; mayReboot: boolean }> = {
  name: "report-boot",
  params: z.strictObject({}),
  run: async (_, { config }) => ({ boot: await bootId(config.runDir), mayReboot: await mayReboot(config) }),
};

/** The peer has its VM rebooted, within a moment; refused where it may not. */
export const rebootVm: PeerTask<Record<string, never>, Record<string, never>> = {
  name: "reboot-vm",
  params: z.strictObject({}),
  run: async (_, { config }) => {
    const { name } = config.identity;
    if (!(await mayReboot(config)))
      throw new Error(`the daemon of ${name} may not reboot its VM (allowReboot)`);
    await writeFile(join(config.runDir, basename(REBOOT_REQUEST)), "");
    return {};
  },
};

function mayReboot({ configDir }: DaemonConfig): Promise<boolean> {
  return access(join(configDir, basename(MAY_REBOOT))).then(
    () => true,
    () => false,
  );
}
