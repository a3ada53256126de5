/** Of a MsgPosition of Milvus (milvus-proto msg.proto): 1 channel_name, 2 msgID, 3 msgGroup, 4 timestamp. */
const MESSAGE_ID = 2;
/** Of a MessageIdData of Pulsar: ledger 0, entry 0, partition 0, batch index 0. No ledger is before it, whichever a topic begins with. */
const BEGINNING = Buffer.from([0x08, 0, 0x10, 0, 0x18, 0, 0x20, 0]);

const VARINT = 0;
const BYTES = 2;

/**
 * A channel's checkpoint that leads to the beginning of its topic. Its time stays: what is older, and so in the object store already,
 * is passed over as it is read again.
 */
export function atBeginning(checkpoint: Buffer): Buffer {
  const kept: Buffer[] = [];
  let at = 0;
  while (at < checkpoint.length) {
    const begin = at;
    const tag = varint(checkpoint, at);
    const [field, kind] = [tag.value >>> 3, tag.value & 7];
    if (kind !== VARINT && kind !== BYTES) throw malformed(begin);
    const read = varint(checkpoint, tag.end);
    at = kind === BYTES ? read.end + read.value : read.end;
    if (at > checkpoint.length) throw malformed(begin);
    if (field !== MESSAGE_ID) kept.push(checkpoint.subarray(begin, at));
  }
  return Buffer.concat([...kept, Buffer.from([(MESSAGE_ID << 3) | BYTES, BEGINNING.length]), BEGINNING]);
}

/** Lengths and tags fit into 32 bits; a timestamp does not, and only its end is of interest. */
function varint(from: Buffer, begin: number): { value: number; end: number } {
  let value = 0;
  for (let end = begin; end < from.length; end += 1) {
    const byte = from[end]!;
    if (end - begin < 5) value += (byte & 0x7f) * 2 ** (7 * (end - begin));
    if (byte < 0x80) return { value, end: end + 1 };
  }
  throw malformed(begin);
}

function malformed(at: number): Error {
  const what = `a checkpoint of Milvus in etcd is not as this release knows it (byte ${at})`;
  return new Error(`${what}: Pulsar cannot begin empty under this version of Milvus`);
}
