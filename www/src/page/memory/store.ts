/** What this browser keeps between visits: the tables, and nothing that needs the page. */
import { type DBSchema, type IDBPDatabase, openDB } from "idb";
import type { Architecture } from "../../weightkin.js";
import type { Role } from "../models/model-list.js";
import type { Origin } from "../models/origins.js";

/** One file of a model, as far as it can be known again. */
export interface RememberedFile {
  path: string;
  bytes: number;
  /** With which the browser opens the file again; in Chromium only. */
  origin?: Origin;
}

/** A model that took part in a comparison. */
export interface RememberedModel {
  /** Name, size and header hash: what makes it the same model. */
  id: string;
  name: string;
  bytes: number;
  header_hash: string;
  architecture: Architecture;
  /** Its usual name; not there where it was kept by an earlier version. */
  title?: string;
  files: RememberedFile[];
  /** The part it played last. */
  role: Role;
  /** When it was compared last; equal for all models of one comparison. */
  used_ms: number;
  /** Size of its kept fingerprint, with which it can be compared without its files. */
  fingerprint_bytes?: number;
  /** It was a fingerprint that took part. */
  is_fingerprint?: boolean;
}

/** What the list of past results says of one. */
export interface KeptResult {
  id: number;
  made_ms: number;
  /** The checkpoint first. */
  names: string[];
  /** The checkpoint's closest relative, and the report's figure for the two. */
  closest: { name: string; column_cosine: number } | null;
  /** It was stopped before its end. */
  partial: boolean;
}

interface Tables extends DBSchema {
  models: { key: string; value: RememberedModel };
  /** The fingerprint's file of a model, by its id; apart, so that lists are read without them. */
  fingerprints: { key: string; value: ArrayBuffer };
  results: { key: number; value: KeptResult };
  /** The report of each result: its JSON, gzipped. */
  reports: { key: number; value: ArrayBuffer };
}

export type Store = IDBPDatabase<Tables>;

const VERSION = 2;

/** Opens the tables of this site, or nothing where the browser keeps none. */
export async function openStore(): Promise<Store | null> {
  // several sites may share an origin, each below a path of its own
  const name = `weightkin ${new URL(".", document.baseURI).pathname}`;
  try {
    return await openDB<Tables>(name, VERSION, {
      upgrade(store, version) {
        if (version < 1) {
          store.createObjectStore("models", { keyPath: "id" });
          store.createObjectStore("results", { keyPath: "id", autoIncrement: true });
          store.createObjectStore("reports");
        }
        if (version < 2) {
          store.createObjectStore("fingerprints");
        }
      },
      // a newer version of the page in another tab must not wait for this one
      blocking: (_current, _blocked, event) => (event.target as IDBDatabase).close(),
    });
  } catch {
    return null;
  }
}
