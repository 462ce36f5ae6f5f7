/** When a tab that is not shown, and so never painted, goes on all the same. */
const UNPAINTED_MS = 1_000;

/** Calls back once something is on the screen. */
export function afterPaint(work: () => void): void {
  let done = false;
  const once = () => {
    if (!done) {
      done = true;
      work();
    }
  };
  const observer = new PerformanceObserver((list) => {
    if (list.getEntriesByName("first-contentful-paint").length > 0) {
      observer.disconnect();
      once();
    }
  });
  observer.observe({ type: "paint", buffered: true });
  setTimeout(once, UNPAINTED_MS);
}
