import { createHash } from "node:crypto";
import { encrypt } from "../../../../lib/daemon/minio/encrypt";

const SECRET = "root-of-minio-secret";
const FRESHNESS = {
  salt: Buffer.from(Array.from({ length: 32 }, (_, i) => i)),
  nonce: Buffer.from("a0a1a2a3a4a5a6a7", "hex"),
};
const body = (bytes: number): Buffer => Buffer.from(Array.from({ length: bytes }, (_, i) => i % 251));

// Known answers: SHA-256 of what Go's sio-go v0.3.1 makes of the same, each read back by DecryptData of madmin-go v3.0.109.
test.each([
  [0, 57, "955b3f62f9b24da0116fbb98d521646266acce2d65f7f8ad23b4d04f44a7afbd"],
  [1, 58, "2bf2f74b8838187a1f4211166e35a7b4c78beac448cf139f545a8fee1b7b36fa"],
  [16_383, 16_440, "bd1066046a51403f7b3d5003be5d4aa415c348d1cb0776ef757fd4f8a2ca614d"],
  [16_384, 16_441, "18111d4272fee829b8082aec7a698e547c1a3e45628a138741c9ac62b93d4f94"],
  [16_385, 16_458, "8126e7ba9bbb11df76da120a336020707ad5f0748e2a404a6c016ed27b9a3181"],
  [32_768, 32_841, "db2a0f957364c2c897dde43e78158a66e3a438b12f0101301aee065dede88f27"],
  [40_000, 40_089, "311c552a2bcb1ff5a2f3da30b585bb076c0f6afcf5b99c467b3b7dbb4d5578f0"],
])("a body of %i bytes is what MinIO's own client would send", (bytes, length, sha256) => {
  const sealed = encrypt(SECRET, body(bytes), FRESHNESS);
  expect(sealed).toHaveLength(length);
  expect(createHash("sha256").update(sealed).digest("hex")).toBe(sha256);
});

test("no two are alike, and none shows what it holds", () => {
  const secret = Buffer.from('{"secretKey":"user-secret-90cd"}');
  const [a, b] = [encrypt(SECRET, secret), encrypt(SECRET, secret)];
  expect(a.subarray(0, 32)).not.toEqual(b.subarray(0, 32));
  expect(a.subarray(33, 41)).not.toEqual(b.subarray(33, 41));
  expect(a.includes("user-secret")).toBe(false);
});
