import { CONFIG_DIR, MAY_REBOOT, REBOOT_REQUEST } from "../spec/paths";
import type { Machine } from "./machine";
import { quote } from "./shell";

const UNIT = "/etc/systemd/system/milvus-onprem-reboot";

/**
 * Lets the daemon have its VM rebooted, or lets it no more. It gets no right of its own for that: a unit of systemd sees the file by
 * which it asks. Idempotent. Throws a HostError where there is no systemd.
 */
export async function ensureReboot(host: Machine, allowed: boolean): Promise<void> {
  await host.check(allowed ? ALLOW : FORBID_REBOOT, {
    what: `${allowed ? "let" : "no longer let"} the daemon reboot the VM`,
    fix: "Set allow_reboot = false (allowReboot: false) and reboot the VM by hand, or see journalctl -u systemd there",
  });
}

const PATH_UNIT = `[Unit]
Description=Reboot of this VM once its milvus-onprem daemon asks for it

[Path]
PathExists=${REBOOT_REQUEST}

[Install]
WantedBy=paths.target
`;

/** The request goes first: a reboot that fails is not asked for again and again. */
const SERVICE_UNIT = `[Unit]
Description=Reboot of this VM, asked for by its milvus-onprem daemon

[Service]
Type=oneshot
ExecStart=/bin/rm -f ${REBOOT_REQUEST}
ExecStart=/bin/systemctl --no-block reboot
`;

const ALLOW = `
command -v systemctl >/dev/null 2>&1 || { echo "there is no systemd on this VM" >&2; exit 1; }
umask 022
printf '%s' ${quote(SERVICE_UNIT)} > ${UNIT}.service || exit
printf '%s' ${quote(PATH_UNIT)} > ${UNIT}.path || exit
systemctl daemon-reload && systemctl enable --now milvus-onprem-reboot.path >/dev/null || exit
mkdir -p ${CONFIG_DIR} && : > ${MAY_REBOOT}
`;

/** Also part of what cleans a VM. */
export const FORBID_REBOOT = `
rm -f ${MAY_REBOOT} || exit
if [ -e ${UNIT}.path ]; then
  systemctl disable --now milvus-onprem-reboot.path >/dev/null 2>&1
  rm -f ${UNIT}.path ${UNIT}.service || exit
  systemctl daemon-reload || exit
fi
`;
