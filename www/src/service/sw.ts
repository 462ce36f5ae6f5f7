/**
 * The service worker: keeps the whole site so that it works without a network, and gives its files
 * the headers that isolate the page where the host gives none.
 *
 * It answers for the site's own files and for nothing else: other pages below the same path, and
 * every other request, go to the network as if it were not there.
 */
import { PrecacheController } from "workbox-precaching";
import type { ToService } from "../shared/service.js";
import { stamped } from "./headers.js";
import { handOver, isShare, takeShare } from "./shared-files.js";

type Kept = Exclude<Parameters<PrecacheController["addToCacheList"]>[0][number], string>;

declare const self: ServiceWorkerGlobalScope;

/** The policy of `index.html`, put in by the build. */
declare const PAGE_POLICY: string;

/**
 * Kept when the page asks for it or has used it, not at once: most of the site's bytes, and not
 * needed to work.
 */
const SAMPLES = "samples/";

const plugins = [
  {
    cacheWillUpdate: async ({ response }: { response: Response }) =>
      response.ok ? stamped(response, PAGE_POLICY) : null,
  },
];
const app = new PrecacheController({ plugins });
const samples = new PrecacheController({
  cacheName: `weightkin-samples-${self.registration.scope}`,
  plugins,
});
const files = self.__WB_MANIFEST as Kept[]; // the build puts the list in here
app.addToCacheList(files.filter(({ url }) => !url.startsWith(SAMPLES)));
samples.addToCacheList(files.filter(({ url }) => url.startsWith(SAMPLES)));

self.addEventListener("install", (event) => event.waitUntil(app.install(event)));

self.addEventListener("activate", (event) => {
  event.waitUntil(Promise.all([app.activate(event), samples.activate(event)]));
  // the first visit works offline too, and keeps its own version's files
  event.waitUntil(self.clients.claim());
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (isShare(request)) {
    event.respondWith(takeShare(request));
    return;
  }
  const url = fileOf(request);
  const keeper = url && [app, samples].find((keeper) => keeper.getCacheKeyForURL(url));
  if (url && keeper) {
    event.respondWith(answer(keeper, url, event));
  }
});

self.addEventListener("message", (event) => {
  const message = event.data as ToService;
  switch (message.type) {
    case "take_over":
      event.waitUntil(self.skipWaiting());
      break;
    case "keep_samples":
      event.waitUntil(keepSamples(event));
      break;
    case "hand_over_shared":
      handOver(event.ports[0]);
      break;
  }
});

/** A file of the site as it was kept; from the network if the browser has thrown it away. */
function answer(keeper: PrecacheController, url: string, event: ExtendableEvent) {
  const integrity = keeper.getIntegrityForCacheKey(keeper.getCacheKeyForURL(url) ?? "");
  const options = { event, request: new Request(url), url: new URL(url) };
  // a file that comes from the network is kept from then on if the build knows its hash
  return keeper.createHandlerBoundToURL(url)(
    integrity ? { ...options, params: { integrity } } : options,
  );
}

async function keepSamples(event: ExtendableEvent): Promise<void> {
  try {
    for (const url of samples.getCachedURLs()) {
      await answer(samples, url, event);
    }
  } catch {
    // offline, or no space left: they come from the network when they are wanted
  }
}

/** The address of the file that a request is for, without its query. */
function fileOf({ method, url }: Request): string | null {
  const address = new URL(url);
  if (method !== "GET" || address.origin !== self.location.origin) {
    return null;
  }
  address.search = "";
  address.hash = "";
  return address.href === self.registration.scope ? `${address.href}index.html` : address.href;
}
