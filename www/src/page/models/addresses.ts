/** The models that an address names to compare with: addresses, lists of addresses, files. */
import { WeightkinError } from "../../weightkin.js";

/** As many as one comparison holds beside the checkpoint. */
const MOST = 15;

/** A list is a few lines; whatever is longer is none. */
const LIST_CHARACTERS = 1_000_000;

const LIST = /\.json$/i;

/** Addresses in an attribute, separated by white space, seen from `base`. */
export function addresses(text: string, base: string): URL[] {
  return text
    .split(/\s+/)
    .filter((part) => part !== "")
    .map((part) => address(part, base));
}

/**
 * The address that `text` means. Only what is fetched over the web is one: `javascript:`, `data:`
 * and the like are refused.
 */
export function address(text: string, base: string): URL {
  const url = URL.canParse(text, base) ? new URL(text, base) : null;
  if (
    url === null ||
    !/^https?:$/.test(url.protocol) ||
    url.username !== "" ||
    url.password !== ""
  ) {
    throw new WeightkinError({
      code: "bad_address",
      message: `not an address that can be fetched: ${shortened(text)}`,
    });
  }
  return url;
}

/** The models' own addresses: lists among the given ones are fetched and give way to what they name. */
export async function resolved(urls: readonly URL[], signal?: AbortSignal): Promise<URL[]> {
  const all = await Promise.all(
    urls.map((url) => (LIST.test(url.pathname) ? listed(url, signal) : [url])),
  );
  const models = [...new Map(all.flat().map((url) => [url.href, url])).values()];
  if (models.length > MOST) {
    throw new WeightkinError({
      code: "too_many_models",
      message: `${models.length} models to compare with, and at most ${MOST} fit`,
    });
  }
  return models;
}

/** What a model is called before it is there: its file, without the ending. */
export function nameOf(url: URL): string {
  return fileName(url).replace(/(\.kin)?\.safetensors$|\.gguf$/i, "");
}

/** Fetches one model. */
export async function fetched(url: URL, signal?: AbortSignal): Promise<File> {
  const response = await get(url, "relative_unavailable", signal);
  try {
    const file = new File([await response.blob()], fileName(url));
    addressesOf.set(file, url.href);
    return file;
  } catch (cause) {
    throw unavailable(url, "relative_unavailable", cause);
  }
}

const addressesOf = new WeakMap<File, string>();

/** Where a file was fetched from; nothing where it was not. */
export function addressOf(file: File): string | undefined {
  return addressesOf.get(file);
}

/**
 * Fetches a fingerprint that an index names, seen from the address of the index's folder; nothing
 * where the index is none that was fetched. What the index says stays a path below that folder,
 * whatever signs are in it.
 */
export async function fetchNamed(
  file: string,
  folder: string,
  signal?: AbortSignal,
): Promise<File | null> {
  if (!/^https?:\/\//.test(folder)) {
    return null;
  }
  const path = file.split("/").map(encodeURIComponent).join("/");
  const url = address(path, folder);
  return url.href.startsWith(folder) ? fetched(url, signal) : null;
}

/** Fetches the text of a report. */
export async function reportAt(url: URL, signal: AbortSignal): Promise<string> {
  return (await get(url, "report_unavailable", signal)).text();
}

/** `{"relatives": ["a.safetensors", …]}`, seen from the list's own address. */
async function listed(url: URL, signal?: AbortSignal): Promise<URL[]> {
  const text = await (await get(url, "relative_unavailable", signal)).text();
  return names(text, url).map((name) => address(name, url.href));
}

function names(text: string, url: URL): string[] {
  const bad = new WeightkinError({
    code: "bad_list",
    file: fileName(url),
    message: 'not a list of models: expected {"relatives": ["name.safetensors", …]}',
  });
  if (text.length > LIST_CHARACTERS) {
    throw bad;
  }
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch {
    throw bad;
  }
  const found =
    typeof list === "object" && list !== null && Object.hasOwn(list, "relatives")
      ? (list as { relatives: unknown }).relatives
      : undefined;
  if (!Array.isArray(found) || !found.every((name) => typeof name === "string")) {
    throw bad;
  }
  return found;
}

async function get(url: URL, code: string, signal?: AbortSignal): Promise<Response> {
  const options: RequestInit = {
    credentials: "omit",
    referrerPolicy: "no-referrer",
    signal: signal ?? null,
  };
  let response: Response;
  try {
    response = await fetch(url, options);
  } catch (cause) {
    throw unavailable(url, code, cause);
  }
  if (!response.ok) {
    throw unavailable(url, code, `status ${response.status}`);
  }
  return response;
}

function unavailable(url: URL, code: string, cause: unknown): WeightkinError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new WeightkinError({
    code,
    file: fileName(url),
    message: `cannot load ${shortened(url.href)}: ${reason}`,
  });
}

function fileName({ pathname, hostname }: URL): string {
  const last = pathname.split("/").at(-1) ?? "";
  try {
    return decodeURIComponent(last) || hostname;
  } catch {
    return last;
  }
}

function shortened(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
