// Fingerprints and indices by somebody who means harm and knows how to compute a checksum.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { en } from "../../../www/src/page/language/words/en.ts";
import { MARKUP } from "./attacks.ts";
import { nativeFingerprint, nativeIndex } from "./native.ts";
import { safetensors, scratchFolder, writeInto } from "./scratch.ts";
import { type Sealed, seal, unsealed } from "./sealed.ts";

/** A forged file, and what must be said of it: `null` where it is as good as any. */
export interface Forged {
  content: Uint8Array;
  code: keyof typeof en.failures | null;
}

type Change = (file: Sealed) => Sealed | Uint8Array;

/** Replaces a part of the description, which has to be there. */
function replaced(...pairs: [from: string | RegExp, to: string][]): Change {
  return (file) => {
    let { description } = file;
    for (const [from, to] of pairs) {
      const after = description.replace(from, () => to);
      if (after === description) throw new Error(`nothing to replace: ${from}`);
      description = after;
    }
    return { ...file, description };
  };
}

const text = JSON.stringify(MARKUP);
/** Markup that is a path, too; an address with this in it is no sign of harm. */
const PATH = "<img src=x onerror=globalThis[atob('aGFja2Vk')]=1>";
const NAME = /"source":\{"name":"[^"]*"/;
const TITLE = /"title":null/;
const FILE = /"files":\[\{"name":"[^"]*"/;

const FIRST_SHAPE = /(?<="shapes":\{"[^"]+":)\[[^\]]*\]/;

/** With more small tensors. */
function more(...names: string[]): Change {
  return (file) => {
    const tensors = new Map(file.tensors);
    for (const name of names)
      tensors.set(name, { dtype: "F16", shape: [4], bytes: Buffer.alloc(8) });
    return { ...file, tensors };
  };
}

const FINGERPRINTS: Record<string, [Change, Forged["code"]]> = {
  "has markup for its names": [
    replaced(
      [NAME, `"source":{"name":${text}`],
      [TITLE, `"title":${text}`],
      [FILE, `"files":[{"name":${text}`],
      [/"sha256":null/, `"sha256":${text}`],
      [/"tensor_list":"[^"]*"/, `"tensor_list":${text}`],
    ),
    null,
  ],
  "counts beyond all numbers": [
    replaced(
      [/"parameters":\d+/, `"parameters":${2n ** 63n}`],
      [/"tensors":\d+/, `"tensors":${2n ** 64n - 1n}`],
      [/"bytes":\d+/, `"bytes":${2n ** 64n - 1n}`],
    ),
    null,
  ],
  "has tensors called after keys": [more("__proto__", "constructor", "toString", MARKUP), null],
  "has nothing but numbers that are none": [
    (file) => {
      const spoilt = [...file.tensors].map(
        ([name, stored]) =>
          [name, { ...stored, bytes: Buffer.alloc(stored.bytes.length, 0xff) }] as const,
      );
      return { ...file, tensors: new Map(spoilt) };
    },
    null,
  ],
  "has a shape for a key": [
    replaced([/"shapes":\{/, `"shapes":{"__proto__":[9,9],`]),
    "fingerprint_damaged",
  ],
  "has shapes for a hundred thousand tensors": [
    replaced([
      /"shapes":\{/,
      `"shapes":{${Array.from({ length: 100_000 }, (_, i) => `"${i}":[9]`).join()},`,
    ]),
    "fingerprint_damaged",
  ],
  "has another shape": [replaced([FIRST_SHAPE, "[9,9]"]), "fingerprint_damaged"],
  "has 2^64 - 1 rows": [replaced([FIRST_SHAPE, `[${2n ** 64n - 1n},1280]`]), "fingerprint_damaged"],
  "has 2^64 rows": [replaced([FIRST_SHAPE, `[${2n ** 64n},1280]`]), "fingerprint_damaged"],
  "has as many dimensions as a header holds": [
    replaced([FIRST_SHAPE, `[${"1,".repeat(100_000)}1]`]),
    "fingerprint_damaged",
  ],
  "is of a density that is no number": [
    replaced([/"rows":\d+/, `"rows":NaN`]),
    "fingerprint_damaged",
  ],
  "is of a density beyond numbers": [
    replaced([/"rows":\d+/, `"rows":1e999`]),
    "fingerprint_damaged",
  ],
  "is of no density": [replaced([/"rows":\d+/, `"rows":0`]), "fingerprint_damaged"],
  "is of a density beyond memory": [
    replaced([/"columns":\d+/, `"columns":${2 ** 32 - 1}`]),
    "fingerprint_damaged",
  ],
  "is described very deeply": [
    replaced([NAME, `"source":${"[".repeat(100_000)}`]),
    "fingerprint_damaged",
  ],
  "is described by markup": [(file) => ({ ...file, description: MARKUP }), "fingerprint_damaged"],
  "has markup for a checksum": [
    (file) => seal(file, `"}${MARKUP}`.replaceAll('"', "'")),
    "fingerprint_damaged",
  ],
  "is damaged": [
    (file) => {
      const bytes = Buffer.from(seal(file));
      bytes[bytes.length - 1] = (bytes[bytes.length - 1] ?? 0) ^ 1;
      return bytes;
    },
    "fingerprint_damaged",
  ],
  "is of a later version": [
    replaced([`"version":1`, `"version":${2 ** 32 - 1}`]),
    "fingerprint_too_new",
  ],
  "is made by a later rule": [replaced([`"rule":1`, `"rule":2`]), "fingerprint_too_new"],
};

const INDICES: Record<string, [Change, Forged["code"]]> = {
  "has markup for its names": [
    replaced(
      [NAME, `"source":{"name":${text}`],
      [TITLE, `"title":${text}`],
      [/"hash":"[^"]*"/, `"hash":${text}`],
      [/"file":"[^"]*"/, `"file":${JSON.stringify(PATH)}`],
    ),
    null,
  ],
  "counts beyond all numbers": [
    replaced(
      [/"parameters":\d+/, `"parameters":${2n ** 63n}`],
      [/"bytes":\d+/, `"bytes":${2n ** 64n - 1n}`],
      [/"rows":\d+/, `"rows":0`],
      [/"columns":\d+/, `"columns":${2 ** 32 - 1}`],
    ),
    null,
  ],
  "names a file of this computer": [
    replaced([/"file":"[^"]*"/, `"file":"../../../etc/passwd"`]),
    "index_damaged",
  ],
  "names an address": [
    replaced([/"file":"[^"]*"/, `"file":"https://example.com/hacked"`]),
    "index_damaged",
  ],
  "names a layout that is not there": [
    replaced([/"layout":0/, `"layout":${2n ** 32n - 1n}`]),
    "index_damaged",
  ],
  "names an architecture of markup": [
    replaced([/"architecture":"[^"]*"/, `"architecture":${text}`]),
    "index_damaged",
  ],
  "has models without sketches": [
    (file) => {
      const [model = ""] = /(?<="models":\[)\{.*?"layout":\d+\}/.exec(file.description) ?? [];
      const models = Array.from({ length: 10_000 }, () => model).join();
      const description = file.description.replace(/"models":\[.*\]/, `"models":[${models}]`);
      return { ...file, description };
    },
    "index_damaged",
  ],
  "has no models": [replaced([/"models":\[.*\]/, `"models":[]`]), "index_damaged"],
  "has sketches of no rows": [
    ({ tensors, ...file }) => {
      const changed = new Map(tensors);
      const rows = changed.get("layout.0.rows");
      if (!rows) throw new Error("the index has no rows");
      changed.set("layout.0.rows", { ...rows, bytes: Buffer.alloc(rows.bytes.length) });
      return { ...file, tensors: changed };
    },
    "index_damaged",
  ],
  "has sketches of 2^32 columns": [
    ({ tensors, ...file }) => {
      const changed = new Map(tensors);
      const columns = changed.get("layout.0.columns");
      if (!columns) throw new Error("the index has no columns");
      const bytes = Buffer.alloc(columns.bytes.length, 0xff);
      changed.set("layout.0.columns", { ...columns, bytes });
      return { ...file, tensors: changed };
    },
    "index_damaged",
  ],
  "has markup for a checksum": [
    (file) => seal(file, `"}${MARKUP}`.replaceAll('"', "'")),
    "index_damaged",
  ],
  "is of a later version": [replaced([`"version":1`, `"version":9`]), "index_too_new"],
  "is made by a later rule": [replaced([`"sketch":1`, `"sketch":9`]), "index_too_new"],
};

function forged(table: typeof FINGERPRINTS, good: Uint8Array): Record<string, Forged> {
  const one = unsealed(good);
  const again = unsealed(seal(one));
  if (again.description !== one.description || again.tensors.size !== one.tensors.size) {
    throw new Error("what is sealed does not open");
  }
  const made = Object.entries(table).map(([what, [change, code]]) => {
    const changed = change(one);
    return [what, { content: "tensors" in changed ? seal(changed) : changed, code }] as const;
  });
  return Object.fromEntries(made);
}

/** What is forged, after good files of the kind. */
export interface Forgery {
  /** A small checkpoint. */
  model: string;
  /** Files made from its fingerprint. */
  fingerprints: Record<string, Forged>;
  /** Files made from an index of that fingerprint. */
  indices: Record<string, Forged>;
}

/** Makes everything; the checkpoint lies in a folder of its own. */
export async function forge(own: string): Promise<Forgery> {
  const folder = scratchFolder(own);
  const model = writeInto(scratchFolder(`${own}-model`), "tiny.safetensors", tiny());
  const print = join(folder, "tiny.kin.safetensors");
  const good = await nativeFingerprint(model, print);
  const index = readFileSync(await nativeIndex(folder));
  return {
    model,
    fingerprints: forged(FINGERPRINTS, good),
    indices: forged(INDICES, index),
  };
}

/** A checkpoint of which a fingerprint takes a part. */
function tiny(): Uint8Array {
  const content = safetensors({ "a.bias": [4], "b.weight": [160, 128], "c.weight": [96, 320] });
  const start = 8 + Number(Buffer.from(content).readBigUInt64LE());
  // F16 between 1 and 2
  for (let at = start; at < content.length; at += 2) {
    content[at] = (at * 37) % 251;
    content[at + 1] = 0x3c + ((at * 11) % 4);
  }
  return content;
}
