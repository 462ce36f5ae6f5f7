/** The built-in family for a first look. */
import { WeightkinError } from "../../weightkin.js";

interface SampleIndex {
  checkpoint: string;
  relatives: string[];
}

/** The sample files, ready to be put on the list. */
export interface Samples {
  checkpoint: File[];
  relatives: File[];
}

const samples = new WeakSet<File>();

/** True for the files of the built-in family, which nobody needs to be reminded of. */
export function isSample(file: File): boolean {
  return samples.has(file);
}

/** Fetches the samples; nothing is fetched once they are here. */
export async function loadSamples(): Promise<Samples> {
  const folder = new URL("samples/", document.baseURI);
  const index = (await (await get(new URL("index.json", folder))).json()) as SampleIndex;
  const file = async (name: string) => {
    const sample = new File([await (await get(new URL(name, folder))).blob()], name);
    samples.add(sample);
    return sample;
  };
  const [checkpoint, ...relatives] = await Promise.all(
    [index.checkpoint, ...index.relatives].map(file),
  );
  return { checkpoint: checkpoint ? [checkpoint] : [], relatives };
}

async function get(url: URL): Promise<Response> {
  const response = await fetch(url).catch(() => undefined);
  if (!response?.ok) {
    const status = response ? `status ${response.status}` : "no answer";
    throw new WeightkinError({
      code: "samples_unavailable",
      message: `${url.pathname}: ${status}`,
    });
  }
  return response;
}
