import { DEFAULT_PORTS } from "../../../spec/defaults";
import { DEFAULT_DATA_ROOT } from "../../../spec/paths";
import {
  checkAddress,
  checkDataRoot,
  checkImage,
  checkName,
  checkPort,
  checkProxyUrl,
} from "../../../spec/validators";
import { bool, list, number, object, string, type Attributes, type Model } from "../../framework";
import { each } from "../checks";
import { sshAttribute } from "../ssh";

const fact = <const D extends string>(description: D): { computed: true; description: D } => ({
  computed: true,
  description,
});

export const peerAttributes = {
  name: string({ required: true, validate: checkName, description: "Name of the peer, a DNS label." }),
  address: string({
    required: true,
    validate: checkAddress,
    description: "IP address or host name at which clients and the other peers reach it.",
  }),
  ssh: sshAttribute,
  cluster_id: string({ required: true, description: "Id of the milvus_credentials." }),
  ca_cert_pem: string({ required: true }),
  ca_key_pem: string({ required: true, sensitive: true }),
  token: string({ required: true, sensitive: true }),
  daemon_image: string({
    required: true,
    validate: checkImage,
    description: "Full reference of the daemon's image.",
  }),
  daemon_port: number({ default: DEFAULT_PORTS.daemon, validate: checkPort }),
  data_root: string({
    default: DEFAULT_DATA_ROOT,
    validate: checkDataRoot,
    description: "Absolute directory that holds all data.",
  }),
  mount_points: list("string", {
    optional: true,
    validate: each(checkDataRoot),
    description: "Mount points of the drives that MinIO uses; each has a disk of its own.",
  }),
  data_dirs: list("string", {
    optional: true,
    validate: each(checkDataRoot),
    description: "Absolute directories of components whose data is outside of data_root.",
  }),
  install_docker: bool({
    default: false,
    description:
      "Install Docker where there is none: docker-ce where the VM's repositories have it, else the distribution's package.",
  }),
  allow_reboot: bool({
    default: false,
    description: "Let the peer's daemon reboot the VM when a reboot job asks for it; needs systemd.",
  }),
  proxy: string({
    optional: true,
    sensitive: true,
    validate: checkProxyUrl,
    description: "URL of the proxy through which Docker is installed, and through which that engine pulls.",
  }),
  image_archive: string({
    optional: true,
    description: "Archive of `docker save` on the machine that runs Terraform, sent instead of pulling.",
  }),
  registry_auth: object(
    { username: string({ required: true }), password: string({ required: true, sensitive: true }) },
    { optional: true, description: "Credentials of the image registry." },
  ),
  required_ports: list("number", { optional: true, description: "Ports that must be free on the VM." }),
  reachability: list("string", {
    optional: true,
    description: "host:port of the other peers that this VM must be able to reach.",
  }),
  id: string({ computed: true, keep: true }),
  recorded_host_key: string({
    computed: true,
    keep: true,
    description: "Host key that the VM presented when it was made ready.",
  }),
  facts: object(
    {
      os: string(fact("E.g. Debian GNU/Linux 12 (bookworm).")),
      arch: string(fact("As uname -m says.")),
      kernel: string(fact("As uname -r says.")),
      cpus: number(fact("Number of CPUs.")),
      memory_mb: number(fact("Memory in MiB.")),
      docker_version: string(fact("Version of the Docker engine.")),
    },
    { computed: true, keep: true, description: "What the VM is." },
  ),
  certificates_end: string({
    computed: true,
    keep: true,
    description:
      "When the first of the peer's certificates ends, as last seen; they are renewed when a third of their life is left.",
  }),
  daemon_version: string({
    computed: true,
    keep: true,
    description: "Version of the daemon that runs on the VM; null when none answers.",
  }),
} satisfies Attributes;

export type PeerModel = Model<typeof peerAttributes>;
