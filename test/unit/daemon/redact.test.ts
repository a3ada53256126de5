import { newSecrets } from "../../../lib/api/credentials";
import { Redactor } from "../../../lib/daemon/redact";
import type { ClusterSecrets, ExternalSecrets } from "../../../lib/spec/secrets";

const EXTERNAL: ExternalSecrets = {
  s3AccessKey: "AKIAEXAMPLEKEY000001",
  s3SecretKey: "s3-secret/with+signs=",
  pulsarToken: 'token-with-"quotes"',
  kafkaUser: "milvus",
  kafkaPassword: "kafka-secret-31",
};

function redactor(secrets: Partial<ClusterSecrets>): Redactor {
  const made = new Redactor();
  made.learnCluster(secrets as ClusterSecrets);
  return made;
}

test("every secret of a cluster is taken out of a text, those of stores and queues outside it, too", () => {
  const secrets = newSecrets();
  const external = Object.entries(EXTERNAL).filter(([name]) => name !== "kafkaUser");
  const all = [...Object.values(secrets), ...external.map(([, value]) => value as string)];
  expect(all).toHaveLength(11);
  const text = redactor({ ...secrets, external: EXTERNAL }).text(all.join(" "));
  expect(text).toBe(all.map(() => "[secret]").join(" "));
  expect(redactor({ external: EXTERNAL }).text(JSON.stringify(EXTERNAL))).not.toContain("quotes");
});

test("a user whose name is a word of any text does not take that word out of it", () => {
  const text = "milvus: no such role; minioadmin is root";
  const named = { minioRootUser: "minioadmin", external: { s3AccessKey: "minioadmin", kafkaUser: "milvus" } };
  expect(redactor(named).text(text)).toBe(text);
});

test("what is missing, empty or short is passed over: files of an earlier release have fewer secrets", () => {
  const short = {
    minioPassword: "",
    pulsarToken: "ab",
    external: { s3SecretKey: undefined, kafkaPassword: "" },
  };
  expect(redactor(short).text("undefined ab null")).toBe("undefined ab null");
});
