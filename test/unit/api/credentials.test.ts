import { execFileSync } from "node:child_process";
import { newSecrets } from "../../../lib/api/credentials";

test("secrets are fresh each time, and no two are the same", () => {
  const values = [newSecrets(), newSecrets()].flatMap((s) => Object.values(s));
  expect(new Set(values).size).toBe(14);
  for (const value of values) expect(String(value).length).toBeGreaterThan(15);
});

test("MinIO takes the users: 3 to 20 characters that need no quoting", () => {
  const { minioRootUser, minioUser } = newSecrets();
  for (const user of [minioRootUser, minioUser]) expect(user).toMatch(/^milvus-[0-9a-f]{12}$/);
});

test("the token for Pulsar is a JWT for the role milvus, without an end, and OpenSSL finds it signed with the key", () => {
  const { pulsarToken, pulsarTokenKey } = newSecrets();
  expect(Buffer.from(pulsarTokenKey, "base64").length).toBe(32);
  // Pulsar reads the key from a file, and takes its characters as they stand.
  const key = Buffer.from(pulsarTokenKey);
  const [head = "", claims = "", signature = "", ...more] = pulsarToken.split(".");
  expect(more).toEqual([]);
  expect(JSON.parse(Buffer.from(head, "base64url").toString())).toEqual({ alg: "HS256", typ: "JWT" });
  expect(JSON.parse(Buffer.from(claims, "base64url").toString())).toEqual({ sub: "milvus" });
  const mac = ["dgst", "-sha256", "-mac", "HMAC", "-macopt", `hexkey:${key.toString("hex")}`, "-binary"];
  const expected = execFileSync("openssl", mac, { input: `${head}.${claims}` });
  expect(signature).toBe(expected.toString("base64url"));
});
