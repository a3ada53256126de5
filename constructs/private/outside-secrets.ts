import { Token } from "cdktf";
import { wantsKeys, wantsLogin } from "../../lib/spec/outside-secrets";
import type { MilvusClusterResourceConfig } from "../bindings/milvus-cluster-resource";
import type { Members, QueueConstruct } from "./members";
import type { PlacedProblem } from "./placed-problem";
import { isExternalKafka, isExternalPulsar } from "./queue-input";

type OutsideSecrets = Pick<
  MilvusClusterResourceConfig,
  "s3AccessKey" | "s3SecretKey" | "externalPulsarToken" | "kafkaUser" | "kafkaPassword"
>;

/** What stores and queues outside the cluster ask for, as their constructs have it. */
export function outsideSecrets({ stores: [store], queues: [queue] }: Members): OutsideSecrets {
  const kafka = queue && isExternalKafka(queue) ? queue.props : undefined;
  return {
    s3AccessKey: store?.props.accessKey,
    s3SecretKey: store?.props.secretKey,
    externalPulsarToken: queue && isExternalPulsar(queue) ? queue.props.token : undefined,
    kafkaUser: kafka?.username,
    kafkaPassword: kafka?.password,
  };
}

/** Secrets that are missing, that nothing asks for, or that would stand readable in cdk.tf.json. */
export function outsideSecretProblems({ stores, queues }: Members): PlacedProblem[] {
  const store = stores.flatMap((construct) => {
    const { auth = "keys", accessKey, secretKey } = construct.props;
    const wanted = Token.isUnresolved(auth) ? undefined : wantsKeys(auth);
    return [
      ...given(construct, "accessKey", accessKey, wanted, `auth is "${auth}"`),
      ...given(construct, "secretKey", secretKey, wanted, `auth is "${auth}"`),
    ];
  });
  return [...store, ...queues.flatMap(queueProblems)];
}

function queueProblems(queue: QueueConstruct): PlacedProblem[] {
  if (isExternalPulsar(queue)) return literal(queue, "token", queue.props.token);
  if (!isExternalKafka(queue)) return [];
  const { protocol = "PLAINTEXT", username, password } = queue.props;
  const wanted = Token.isUnresolved(protocol) ? undefined : wantsLogin(protocol);
  const why = `protocol is "${protocol}"`;
  return [
    ...given(queue, "username", username, wanted, why, false),
    ...given(queue, "password", password, wanted, why),
  ];
}

function given(
  construct: PlacedProblem["construct"],
  name: string,
  value: string | undefined,
  wanted: boolean | undefined,
  why: string,
  secret = name !== "accessKey",
): PlacedProblem[] {
  const error = (message: string): PlacedProblem => ({ severity: "error", construct, message });
  if (wanted === true && (value === undefined || value === ""))
    return [error(`${name}: ${why}, which needs one`)];
  if (wanted === false && value !== undefined) return [error(`${name}: ${why}, which takes none; remove it`)];
  return secret ? literal(construct, name, value) : [];
}

function literal(construct: PlacedProblem["construct"], name: string, value?: string): PlacedProblem[] {
  if (value === undefined || Token.isUnresolved(value)) return [];
  const message = `${name} is a literal and will stand readable in cdk.tf.json; use a sensitive TerraformVariable, or another resource's attribute`;
  return [{ severity: "warning", construct, message }];
}
