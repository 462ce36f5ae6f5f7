/** Everything that makes the page an app: offline, installable, opened by the system with files. */
import { isolate, type Untouched } from "./isolation.js";
import { type Receiver, takeLaunches, takeShared } from "./launch.js";
import { linkManifest } from "./manifest.js";
import { activated, keepSamples, type Listener, offerUpdates, registered } from "./service.js";

export type { Update } from "./service.js";

/** What this needs of the page. */
export interface Page extends Listener, Untouched, Receiver {}

/** Call once, when the page has been painted. */
export async function begin(page: Page): Promise<void> {
  linkManifest();
  takeLaunches(page);
  const registration = await registered();
  if (!registration) {
    return;
  }
  offerUpdates(registration, page);
  const active = await activated(registration);
  if (!active) {
    return;
  }
  await takeShared(active, page);
  isolate(page);
  if (!page.isBusy()) {
    keepSamples(active);
  }
}
