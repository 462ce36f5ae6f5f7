// Files that describe themselves and end in a checksum (`src/fingerprint/FORMAT.md`), written by
// somebody who knows how to compute it.

const DIGITS = 16;
/** What follows the digits. */
const END = '"}';

/** A tensor of a file: number format, dimensions, bytes. */
interface Stored {
  dtype: string;
  shape: number[];
  bytes: Uint8Array;
}

/** A file of this kind taken apart. */
export interface Sealed {
  key: string;
  /** The description's JSON text without the checksum and the closing brace. */
  description: string;
  tensors: Map<string, Stored>;
}

export function unsealed(file: Uint8Array): Sealed {
  const bytes = Buffer.from(file);
  const start = 8 + Number(bytes.readBigUInt64LE());
  const header = JSON.parse(bytes.toString("utf8", 8, start)) as Record<string, never>;
  const tensors = new Map<string, Stored>();
  let key = "";
  let text = "";
  for (const [name, value] of Object.entries(header)) {
    if (name === "__metadata__") {
      [key, text] = Object.entries(value)[0] as [string, string];
      continue;
    }
    const { dtype, shape, data_offsets } = value as {
      dtype: string;
      shape: number[];
      data_offsets: [number, number];
    };
    const [from, to] = data_offsets;
    tensors.set(name, { dtype, shape, bytes: bytes.subarray(start + from, start + to) });
  }
  const description = text.slice(0, text.lastIndexOf(',"checksum"'));
  return { key, description, tensors };
}

/** The file, with the checksum that it must have, or with any other text in its place. */
export function seal({ key, description, tensors }: Sealed, checksum?: string): Uint8Array {
  const counted = `${description},"checksum":"`;
  const parts: Uint8Array[] = [Buffer.from(counted)];
  const entries: string[] = [];
  let offset = 0;
  const names = [...tensors.keys()].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  for (const name of names) {
    const { dtype, shape, bytes } = tensors.get(name) as Stored;
    const sizes = Buffer.alloc(8 + 8 * shape.length);
    sizes.writeBigUInt64LE(BigInt(shape.length));
    shape.forEach((size, i) => {
      sizes.writeBigUInt64LE(BigInt(size), 8 + 8 * i);
    });
    parts.push(Buffer.from(`${name}\0${dtype}\0`), sizes, bytes);
    const data_offsets = [offset, offset + bytes.length];
    entries.push(`${JSON.stringify(name)}:${JSON.stringify({ dtype, shape, data_offsets })}`);
    offset += bytes.length;
  }
  const found = checksum ?? xxh64(Buffer.concat(parts)).toString(16).padStart(DIGITS, "0");
  const text = `${counted}${found}${END}`;
  const metadata = `"__metadata__":{${JSON.stringify(key)}:${JSON.stringify(text)}}`;
  const header = Buffer.from(`{${[metadata, ...entries].join(",")}}`);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  const content = names.map((name) => tensors.get(name)?.bytes ?? new Uint8Array());
  return Buffer.concat([length, header, ...content]);
}

const [P1, P2, P3, P4, P5] = [
  0x9e3779b185ebca87n,
  0xc2b2ae3d27d4eb4fn,
  0x165667b19e3779f9n,
  0x85ebca77c2b2ae63n,
  0x27d4eb2f165667c5n,
] as const;

const u64 = (value: bigint) => BigInt.asUintN(64, value);
const rotated = (value: bigint, by: bigint) => u64((value << by) | (value >> (64n - by)));
const round = (sum: bigint, lane: bigint) => u64(rotated(u64(sum + lane * P2), 31n) * P1);

/** XXH64 with seed 0, as its specification has it. */
export function xxh64(bytes: Buffer): bigint {
  let at = 0;
  let hash: bigint = P5;
  if (bytes.length >= 32) {
    const sums = [u64(P1 + P2), P2, 0n, u64(-P1)];
    for (; at + 32 <= bytes.length; at += 32) {
      for (const [i, sum] of sums.entries())
        sums[i] = round(sum, bytes.readBigUInt64LE(at + 8 * i));
    }
    const [a = 0n, b = 0n, c = 0n, d = 0n] = sums;
    hash = u64(rotated(a, 1n) + rotated(b, 7n) + rotated(c, 12n) + rotated(d, 18n));
    for (const sum of sums) hash = u64((hash ^ round(0n, sum)) * P1 + P4);
  }
  hash = u64(hash + BigInt(bytes.length));
  for (; at + 8 <= bytes.length; at += 8) {
    hash = u64(rotated(hash ^ round(0n, bytes.readBigUInt64LE(at)), 27n) * P1 + P4);
  }
  if (at + 4 <= bytes.length) {
    hash = u64(rotated(hash ^ u64(BigInt(bytes.readUInt32LE(at)) * P1), 23n) * P2 + P3);
    at += 4;
  }
  for (; at < bytes.length; at += 1) {
    hash = u64(rotated(hash ^ u64(BigInt(bytes[at] ?? 0) * P5), 11n) * P1);
  }
  hash = u64((hash ^ (hash >> 33n)) * P2);
  hash = u64((hash ^ (hash >> 29n)) * P3);
  return hash ^ (hash >> 32n);
}
