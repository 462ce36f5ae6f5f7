/** Many things to do, a few at a time. */

/** Does `work` for all items, at most `at_once` at a time, and begins none after an abort. */
export async function mapLimit<T>(
  items: readonly T[],
  atOnce: number,
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
  await Promise.all(Array.from({ length: atOnce }, one));
}
