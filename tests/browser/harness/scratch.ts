// Files that a test makes itself, below cargo's build folder.

import {
  closeSync,
  copyFileSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readSync,
  rmSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { afterAll } from "vitest";
import { TARGET } from "./repository.ts";

const FOLDER = join(TARGET, "families", "scratch");

/** An empty folder for the files of one test file, removed at its end. */
export function scratchFolder(name: string): string {
  const folder = join(FOLDER, name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/**
 * Copies a checkpoint to where a test may spoil it. The copy looks an hour old, as a real file
 * would: WebKit tells a changed file by its time, in whole seconds.
 */
export function copyInto(folder: string, source: string, name: string): string {
  const path = join(folder, name);
  copyFileSync(source, path);
  const hourAgo = new Date(Date.now() - 3_600_000);
  utimesSync(path, hourAgo, hourAgo);
  return path;
}

/** The header of a safetensors file: JSON behind its length as eight bytes. */
function header(path: string): Record<string, { dtype: string; shape: number[] }> {
  const file = openSync(path, "r");
  try {
    const length = Buffer.alloc(8);
    readSync(file, length, 0, 8, 0);
    const json = Buffer.alloc(Number(length.readBigUInt64LE()));
    readSync(file, json, 0, json.length, 8);
    return JSON.parse(json.toString("utf8"));
  } finally {
    closeSync(file);
  }
}

/**
 * Writes a valid F16 checkpoint with the tensor names of `like` and so many rows that it is about
 * `bytes` long. It takes no space on disk: every weight is a zero in a hole of the file.
 */
export function sparseCheckpoint(path: string, like: string, bytes: number): void {
  const tensors = Object.entries(header(like)).filter(([name]) => name !== "__metadata__");
  const count = ([, { shape }]: (typeof tensors)[number]) => shape.reduce((x, y) => x * y, 1);
  const elements = tensors.reduce((sum, tensor) => sum + count(tensor), 0);
  const times = Math.ceil(bytes / 2 / elements);
  const entries: Record<string, unknown> = {};
  let offset = 0;
  for (const [name, { shape }] of tensors) {
    const taller = [(shape[0] ?? 1) * times, ...shape.slice(1)];
    const end = offset + 2 * taller.reduce((x, y) => x * y, 1);
    entries[name] = { dtype: "F16", shape: taller, data_offsets: [offset, end] };
    offset = end;
  }
  const json = Buffer.from(JSON.stringify(entries));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  const file = openSync(path, "w");
  try {
    writeSync(file, length);
    writeSync(file, json);
    ftruncateSync(file, 8 + json.length + offset);
  } finally {
    closeSync(file);
  }
}

/** Writes a file that is no checkpoint. */
export function writeInto(folder: string, name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

/** The bytes of a small F16 checkpoint of zeros with these shapes. */
export function safetensors(shapes: Record<string, number[]>): Uint8Array {
  let offset = 0;
  const entries = Object.entries(shapes).map(([name, shape]) => {
    const start = offset;
    offset += 2 * shape.reduce((x, y) => x * y, 1);
    return [name, { dtype: "F16", shape, data_offsets: [start, offset] }];
  });
  const json = Buffer.from(JSON.stringify(Object.fromEntries(entries)));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([length, json, Buffer.alloc(offset)]);
}
