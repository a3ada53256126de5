import { utils } from "ssh2";

interface Encryption {
  passphrase: string;
  cipher: string;
  rounds: number;
}

/** A fresh Ed25519 key pair. About one in 300 that ssh2 1.17 makes cannot be read back by ssh2 itself: those are thrown away. */
export function ed25519(encryption?: Encryption): { private: string; public: string } {
  for (;;) {
    const pair = encryption
      ? utils.generateKeyPairSync("ed25519", encryption)
      : utils.generateKeyPairSync("ed25519");
    if (!(utils.parseKey(pair.private, encryption?.passphrase) instanceof Error)) return pair;
  }
}
