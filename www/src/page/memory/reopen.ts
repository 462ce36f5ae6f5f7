/** Opens remembered models again, where the browser has handles for their files. */
import type { PathedFiles } from "../models/dropped.js";
import { reopened } from "../models/origins.js";
import type { RememberedModel } from "./store.js";

/** Why a remembered model could not be opened. */
export type Refusal = "gone" | "not_allowed";

/** True if all of a model's files can be opened without being chosen again. */
export function canReopen({ files }: RememberedModel): boolean {
  return files.every(({ origin }) => origin !== undefined);
}

/**
 * Asks for permission, for all models at once. Call from a click and before anything is awaited:
 * the browser asks the user only then.
 */
export async function permitted(models: readonly RememberedModel[]): Promise<boolean> {
  const handles = new Set<FileSystemHandle>(
    models.flatMap(({ files }) => files.flatMap(({ origin }) => origin?.handle ?? [])),
  );
  const answers = [...handles].map(async (handle) => {
    const answer = (await handle.requestPermission?.({ mode: "read" })) ?? "granted";
    return answer === "granted";
  });
  return (await Promise.all(answers).catch(() => [false])).every(Boolean);
}

/** The files of a model, as they are now; permission has been given. */
export async function open({ files }: RememberedModel): Promise<PathedFiles | Refusal> {
  try {
    const found = files.map(({ origin }) => {
      if (!origin) {
        throw new DOMException("no handle", "NotFoundError");
      }
      return reopened(origin);
    });
    return { files: await Promise.all(found), paths: files.map(({ path }) => path) };
  } catch (thrown) {
    const isRefused = thrown instanceof DOMException && thrown.name === "NotAllowedError";
    return isRefused ? "not_allowed" : "gone";
  }
}
