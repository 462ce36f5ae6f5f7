/** Starts the worker script, from whichever origin the library was loaded. */
/// <reference path="../bundled.d.ts" />

import threadAddress from "../worker/thread.ts?worker&url";
import threadsAddress from "../worker/threads.ts?worker&url";
import workersAddress from "../worker/worker.ts?worker&url";

/** The worker script of each engine, and that of a pool's thread. */
const ADDRESSES = { workers: workersAddress, threads: threadsAddress, thread: threadAddress };

/** The one policy of this library; a page that requires Trusted Types has to allow it by name. */
const POLICY = "weightkin";

/** The part of Trusted Types that is needed here; not every browser has it. */
interface TrustedTypes {
  createPolicy(
    name: string,
    rules: { createScriptURL: (url: string) => string },
  ): { createScriptURL: (url: string) => string };
}

/**
 * A worker in its first state, waiting to be told what it is.
 *
 * Browsers start workers from the page's own origin only. Elsewhere a script of one line, made
 * here, imports the real one: it holds back messages until the import is there, and inherits the
 * page's content security policy.
 */
export function startWorker(script: keyof typeof ADDRESSES): Worker {
  const url = new URL(ADDRESSES[script], import.meta.url);
  if (url.origin === location.origin) {
    return new Worker(trusted(url.href), { type: "module" });
  }
  const line = new Blob([`import ${JSON.stringify(url.href)};`], { type: "text/javascript" });
  const made = URL.createObjectURL(line);
  const worker = new Worker(trusted(made), { type: "module" });
  // any message says that the script has run; until then the address must live
  worker.addEventListener("message", () => URL.revokeObjectURL(made), { once: true });
  return worker;
}

let policy: { createScriptURL: (url: string) => string } | undefined;

/** The address in the form that a page with Trusted Types wants. */
function trusted(url: string): string {
  const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes };
  try {
    policy ??= trustedTypes?.createPolicy(POLICY, { createScriptURL: (checked) => checked });
  } catch {
    // the page allows no policy of this name; it may have a default one
  }
  return policy?.createScriptURL(url) ?? url;
}
