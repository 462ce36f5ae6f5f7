/** Many things to do, a few at a time. */

/** Does `work` for all items, at most `at_once` at a time, and begins none after an abort. */
export async function few<T>(
  items: readonly T[],
  at_once: number,
  work: (item: T) => Promise<void>,
  signal?: AbortSignal,
): Promise<void> {
  const waiting = items[Symbol.iterator]();
  const one = async () => {
    for (const item of waiting) {
      if (signal?.aborted) {
        return;
      }
      await work(item);
    }
  };
  await Promise.all(Array.from({ length: at_once }, one));
}
