import { createCipheriv, pbkdf2Sync, randomBytes } from "node:crypto";

/**
 * MinIO's envelope for requests of its admin API that hold a secret: salt, number of the algorithm, nonce, fragments.
 * Sources: minio/madmin-go v3.0.109 encrypt.go, secure-io/sio-go v0.3.1 writer.go.
 */

/** PBKDF2 with AES-256-GCM: of the three that MinIO takes the one that Node has. */
const ALGORITHM = Buffer.of(0x02);
const ITERATIONS = 8_192;
const KEY_BYTES = 32;
const SALT_BYTES = 32;
const NONCE_BYTES = 8;
const FRAGMENT_BYTES = 16_384;
/** First byte of what a fragment vouches for: so nobody can cut the end off. */
const MORE = 0x00;
const LAST = 0x80;

/** Never to be used twice with one secret key. */
export interface Freshness {
  /** 32 bytes. */
  readonly salt: Buffer;
  /** 8 bytes. */
  readonly nonce: Buffer;
}

/** Encrypts a body so that only MinIO, which knows the sender's secret key, reads it. */
export function encrypt(secretKey: string, body: Buffer, { salt, nonce } = fresh()): Buffer {
  const key = pbkdf2Sync(secretKey, salt, ITERATIONS, KEY_BYTES, "sha256");
  const tag = seal(key, numbered(nonce, 0), Buffer.alloc(0), Buffer.alloc(0));
  const fragments = split(body);
  const sealed = fragments.map((fragment, i) => {
    const place = Buffer.of(i === fragments.length - 1 ? LAST : MORE);
    return seal(key, numbered(nonce, i + 1), fragment, Buffer.concat([place, tag]));
  });
  return Buffer.concat([salt, ALGORITHM, nonce, ...sealed]);
}

function fresh(): Freshness {
  return { salt: randomBytes(SALT_BYTES), nonce: randomBytes(NONCE_BYTES) };
}

/** Full fragments and a rest; nothing at all is one empty fragment. */
function split(body: Buffer): Buffer[] {
  const count = Math.max(1, Math.ceil(body.length / FRAGMENT_BYTES));
  return Array.from({ length: count }, (_, i) => body.subarray(i * FRAGMENT_BYTES, (i + 1) * FRAGMENT_BYTES));
}

function numbered(nonce: Buffer, fragment: number): Buffer {
  const number = Buffer.alloc(4);
  number.writeUInt32LE(fragment);
  return Buffer.concat([nonce, number]);
}

function seal(key: Buffer, nonce: Buffer, plain: Buffer, vouchedFor: Buffer): Buffer {
  const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(vouchedFor);
  return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}
