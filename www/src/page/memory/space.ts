/** The space that the browser gives this site, and whether it may take it back. */

export interface Space {
  usedBytes: number;
  quotaBytes: number;
  /** `"refused"` once the browser or the user has said no. */
  persistence: "persisted" | "not_asked" | "refused";
}

/** What is taken and what there is; nothing where the browser does not say. */
export async function spaceTaken(): Promise<Space | null> {
  try {
    const { usage = 0, quota = 0 } = await navigator.storage.estimate();
    const persistence = (await navigator.storage.persisted()) ? "persisted" : "not_asked";
    return { usedBytes: usage, quotaBytes: quota, persistence };
  } catch {
    return null;
  }
}

/** Asks the browser to keep everything until the user deletes it; some ask the user. */
export async function askToPersist(): Promise<Space["persistence"]> {
  try {
    return (await navigator.storage.persist()) ? "persisted" : "refused";
  } catch {
    return "refused";
  }
}
