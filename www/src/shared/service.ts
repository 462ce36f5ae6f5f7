/** What the page says to its service worker, and what it hears back. */

export type ToService =
  /** Replace the version in use; the page reloads then. */
  | { type: "take_over" }
  /** Keep the samples too, so that they are there offline. */
  | { type: "keep_samples" }
  /** Hand over what was shared with the app; answered with `SharedFiles` on the message's port. */
  | { type: "hand_over_shared" };

/** Files that another app shared with this one. */
export interface SharedFiles {
  files: File[];
}

/** Query of the address that a share arrives at. */
export const SHARED_QUERY = "shared";

/** Name of the form field with the files of a share. */
export const SHARED_FIELD = "files";
