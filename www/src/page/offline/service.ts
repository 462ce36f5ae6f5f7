/** The page's side of its service worker: registers it, and tells when a new version is there. */
import type { ToService } from "../../shared/service.js";

/** The browser looks for a new version when a page is opened; this is for pages that stay open. */
const UPDATE_INTERVAL_MS = 3_600_000;

/** A new version of the page: downloaded already, and used when the user wants it. */
export interface Update {
  /** It has replaced this page's version already, from another tab. */
  replaced: boolean;
  /** Reloads the page in the new version. */
  accept: () => void;
}

/** What the page wants to hear, and what it says about itself. */
export interface Listener {
  onUpdate: (update: Update) => void;
  /** Nothing is requested while this says so. */
  isBusy: () => boolean;
}

/** The registration, or nothing where the browser or the way the page is opened allows none. */
export async function registered(): Promise<ServiceWorkerRegistration | undefined> {
  if (!("serviceWorker" in navigator)) {
    return undefined;
  }
  try {
    const script = new URL("sw.js", document.baseURI).href;
    return await navigator.serviceWorker.register(script, { updateViaCache: "none" });
  } catch {
    return undefined; // a private window, a page from disk, no secure connection
  }
}

/** Offers new versions as they come. */
export function offerUpdates(registration: ServiceWorkerRegistration, listener: Listener): void {
  const { serviceWorker } = navigator;
  let isAccepted = false;
  // the first worker of all takes a page over that has none: that is no update
  let isServed = serviceWorker.controller !== null;
  const accept = () => {
    isAccepted = true;
    if (registration.waiting) {
      tell(registration.waiting, { type: "take_over" });
    } else {
      location.reload();
    }
  };
  const offer = () => {
    const { waiting } = registration;
    // WebKit may still call a worker waiting that has become the page's first
    const waits = waiting?.state === "installed" && waiting !== serviceWorker.controller;
    if (isServed && waits) {
      listener.onUpdate({ replaced: false, accept });
    }
  };
  serviceWorker.addEventListener("controllerchange", () => {
    if (isAccepted) {
      location.reload();
    } else if (isServed) {
      listener.onUpdate({ replaced: true, accept: () => location.reload() });
    }
    isServed = true;
  });
  registration.addEventListener("updatefound", () => {
    registration.installing?.addEventListener("statechange", offer);
  });
  offer();
  lookNowAndThen(registration, listener);
}

function lookNowAndThen(registration: ServiceWorkerRegistration, { isBusy }: Listener): void {
  let lookedMs = Date.now();
  document.addEventListener("visibilitychange", () => {
    const isTime = Date.now() - lookedMs >= UPDATE_INTERVAL_MS;
    if (document.visibilityState === "visible" && isTime && !isBusy()) {
      lookedMs = Date.now();
      registration.update().catch(() => {}); // offline: looked for again later
    }
  });
}

/** Has the samples kept for offline use, unless the user saves data. */
export function keepSamples(active: ServiceWorker): void {
  const { connection } = navigator as { connection?: { saveData?: boolean } };
  if (!connection?.saveData) {
    tell(active, { type: "keep_samples" });
  }
}

/** The worker of this registration, once it is in use. */
export async function activated(
  registration: ServiceWorkerRegistration,
): Promise<ServiceWorker | undefined> {
  const worker = registration.active ?? registration.waiting ?? registration.installing;
  if (!worker || worker.state === "activated") {
    return worker ?? undefined;
  }
  return new Promise((resolve) => {
    worker.addEventListener("statechange", () => {
      if (worker.state === "activated") {
        resolve(worker);
      } else if (worker.state === "redundant") {
        resolve(undefined);
      }
    });
  });
}

export function tell(worker: ServiceWorker, message: ToService, ports: MessagePort[] = []): void {
  worker.postMessage(message, ports);
}
