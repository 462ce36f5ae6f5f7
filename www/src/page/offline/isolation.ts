/**
 * Isolation on hosts that do not set its headers: the service worker does, from the next load of
 * the page on. So a page that nobody has touched yet is loaded once more, and only once: where
 * that does not help it is remembered, and the page does without.
 */

let isTouched = false;
for (const type of ["pointerdown", "keydown"]) {
  addEventListener(
    type,
    () => {
      isTouched = true;
    },
    { once: true, capture: true },
  );
}

/** What the page knows about itself. */
export interface Untouched {
  /** Nothing has been put on the page or begun. */
  isUntouched: () => boolean;
}

const REMEMBERED = `weightkin-isolation ${new URL(".", document.baseURI).pathname}`;

/** Call once the service worker is in use. */
export function isolate({ isUntouched }: Untouched): void {
  try {
    if (crossOriginIsolated) {
      localStorage.removeItem(REMEMBERED); // it works; should it be lost, it may be tried again
    } else if (
      isTop() &&
      !isTouched &&
      isUntouched() &&
      localStorage.getItem(REMEMBERED) === null
    ) {
      localStorage.setItem(REMEMBERED, "tried");
      location.reload();
    }
  } catch {
    // nothing can be remembered here, so nothing is tried
  }
}

/** A frame is isolated only if the page around it is: loading it anew would change nothing. */
function isTop(): boolean {
  return window.top === window;
}
