// A page of the same origin that has nothing but the library.

import type { workerConfigFor } from "../../../www/src/client/worker-config.js";
import type * as Found from "../../../www/src/shared/identification.js";
import type * as Weightkin from "../../../www/src/shared/types.js";
import type { Page } from "./browser.ts";
import type { Scene } from "./scene.ts";

/** What the page finds in `weightkin.js`. */
export interface Library {
  compare(
    models: Weightkin.ModelInput[],
    options?: Weightkin.CompareOptions,
  ): Promise<Weightkin.Report>;
  fingerprint(model: Weightkin.ModelInput, options?: Weightkin.FingerprintOptions): Promise<File>;
  identify(
    model: Weightkin.ModelInput,
    files: readonly File[],
    options?: Found.IdentifyOptions,
  ): Promise<Found.Identification>;
  inspect(files: File[]): Promise<Weightkin.InspectedModel[]>;
  reportText(report: Weightkin.Report): string;
  workerConfigFor: typeof workerConfigFor;
}

declare global {
  var weightkin: Library;
  var picked: Weightkin.ModelInput[];
}

/** A page that has the library and `picked`: one model per file. */
export async function barePage({ browser, site }: Scene, files: string[]): Promise<Page> {
  const page = await browser.open(site.page("bare.html"));
  await page.waitFor("the library", () => "weightkin" in globalThis);
  await page.pick("#files", files);
  await page.waitFor("the files", () => {
    const { files } = document.querySelector("#files") as HTMLInputElement;
    globalThis.picked = [...(files ?? [])].map((file) => ({ files: [file] }));
    return globalThis.picked.length > 0;
  });
  return page;
}
