// Figures of independent references, made once and kept in `tests/golden`.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { GOLDEN } from "./repository.ts";

/** One set of models with its reference figures. */
export interface Golden {
  name: string;
  include_vae: boolean;
  models: string[];
  compared_tensors: number;
  pairs: { pair: string; truth_f64: number; columns: number; nan_columns: number }[];
}

interface GoldenFile extends Omit<Golden, "name"> {
  family: { manifest: string; scale: number; seed: number };
}

/** Every set that is of the `small` family. */
export function goldenSets(): Golden[] {
  return readdirSync(GOLDEN)
    .filter((file) => file.endsWith(".json"))
    .map((file) => {
      const golden = JSON.parse(readFileSync(join(GOLDEN, file), "utf8")) as GoldenFile;
      return { ...golden, name: file.replace(".json", "") };
    })
    .filter(({ family }) => family.manifest === "sdxl" && family.scale === 64 && family.seed === 0);
}
