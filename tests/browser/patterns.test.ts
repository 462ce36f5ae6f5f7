// Every bit pattern of the short number formats, decoded in a browser.

import { expect, test } from "vitest";
import type * as Weightkin from "../../www/src/shared/types.js";
import { barePage } from "./harness/bare.ts";
import { nativeReport } from "./harness/native.ts";
import { inEachEngine } from "./harness/scene.ts";
import { scratchFolder, writeInto } from "./harness/scratch.ts";

/** How a format writes numbers: bits of exponent and fraction, and what its last exponent means. */
interface Format {
  exponent_bits: number;
  fraction_bits: number;
  /** `infinite`: infinities and NaN; `nan`: numbers, and NaN where all bits are set. */
  last: "infinite" | "nan";
}

const FORMATS: Record<string, Format> = {
  F16: { exponent_bits: 5, fraction_bits: 10, last: "infinite" },
  BF16: { exponent_bits: 8, fraction_bits: 7, last: "infinite" },
  F8_E5M2: { exponent_bits: 5, fraction_bits: 2, last: "infinite" },
  F8_E4M3: { exponent_bits: 4, fraction_bits: 3, last: "nan" },
};

/** Columns with something in them that is no number. */
const LEFT_OUT: Record<string, number> = { F16: 8, BF16: 2, F8_E5M2: 32, F8_E4M3: 32 };

/** The plainest possible decoder. */
function decoded(pattern: number, { exponent_bits, fraction_bits, last }: Format): number {
  const most = 2 ** exponent_bits - 1;
  const fraction = pattern & (2 ** fraction_bits - 1);
  const exponent = (pattern >> fraction_bits) & most;
  const sign = pattern >> (exponent_bits + fraction_bits) ? -1 : 1;
  if (exponent === most && last === "infinite") return fraction ? Number.NaN : sign * Infinity;
  if (exponent === most && fraction === 2 ** fraction_bits - 1 && last === "nan") return Number.NaN;
  const bias = 2 ** (exponent_bits - 1) - 1;
  const scale = 2 ** ((exponent || 1) - bias - fraction_bits);
  return sign * scale * (fraction + (exponent ? 2 ** fraction_bits : 0));
}

/** A tensor of one format and the same numbers as F32. */
interface Tensor {
  name: string;
  dtype: string;
  shape: [rows: number, columns: number];
  stored: Buffer;
  values: number[];
}

/**
 * All patterns of a format: once as they are, once with zeros for what is no number, because a
 * column that has one of these does not count. A column holds numbers of about the same size.
 */
function tensors([dtype, format]: [string, Format]): Tensor[] {
  const bits = 1 + format.exponent_bits + format.fraction_bits;
  const bytes = bits / 8;
  const shape: [number, number] = bits === 16 ? [256, 256] : [48, 256];
  const [rows, columns] = shape;
  const patterns: number[] = [];
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      const pattern =
        bits === 16 ? column * 256 + row : (column & 0xf0) | ((column + 5 * row) & 0xf);
      patterns.push(pattern);
    }
  }
  return [false, true].map((finite) => {
    const kept = patterns.map((pattern) =>
      finite && !Number.isFinite(decoded(pattern, format)) ? 0 : pattern,
    );
    const stored = Buffer.alloc(bytes * kept.length);
    for (const [i, pattern] of kept.entries()) stored.writeUIntLE(pattern, bytes * i, bytes);
    const name = `${dtype}.${finite ? "finite" : "all"}.weight`;
    const values = kept.map((pattern) => decoded(pattern, format));
    return { name, dtype, shape, stored, values };
  });
}

function f32(values: number[]): Buffer {
  return Buffer.from(Float32Array.from(values).buffer);
}

/** A file of these tensors. */
function file(entries: { name: string; dtype: string; shape: number[]; stored: Buffer }[]): Buffer {
  let offset = 0;
  const described = entries.map(({ name, dtype, shape, stored }) => {
    const data_offsets = [offset, offset + stored.length];
    offset += stored.length;
    return [name, { dtype, shape, data_offsets }];
  });
  const json = Buffer.from(JSON.stringify(Object.fromEntries(described)));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([length, json, ...entries.map(({ stored }) => stored)]);
}

const all = Object.entries(FORMATS).flatMap(tensors);
const folder = scratchFolder("patterns");
const others = (values: number[]) => values.map((_, i) => Math.sin(i * 12.9898) * 43.7);
const FILES = [
  writeInto(folder, "short.safetensors", file(all)),
  writeInto(
    folder,
    "twin.safetensors",
    file(all.map(({ values, ...tensor }) => ({ ...tensor, dtype: "F32", stored: f32(values) }))),
  ),
  writeInto(
    folder,
    "other.safetensors",
    file(
      all.map(({ values, ...tensor }) => ({
        ...tensor,
        dtype: "F32",
        stored: f32(others(values)),
      })),
    ),
  ),
];

inEachEngine(
  (scene) => {
    test("every pattern of F16, BF16 and both F8 is the number that it is as F32", async () => {
      expect(new Set(all.map(({ dtype }) => dtype)).size).toBe(4);
      const page = await barePage(scene, FILES);
      const text = await page.evaluate(async () => {
        const { compare, reportText } = globalThis.weightkin;
        return reportText(await compare(globalThis.picked));
      });
      expect(text).toBe(await nativeReport(FILES));
      const { tensors } = JSON.parse(text) as Weightkin.Report;
      expect(tensors.length).toBe(all.length);
      for (const { name, pairs, left_out_columns } of tensors) {
        const [twin, short, long] = pairs;
        expect(short, name).toEqual(long);
        expect(twin?.flat_cosine, name).toBe(1);
        const [dtype = "", part] = name.split(".");
        expect(left_out_columns, name).toEqual(
          [0, 1, 2].map(() => (part === "finite" ? 0 : LEFT_OUT[dtype])),
        );
        if (part === "finite") expect(twin?.identical, name).toBe(true);
      }
    });
  },
  // figures are to be the same whichever way WebAssembly is compiled
  { isOptimising: true },
);
