/** Files that the system hands over: opened with the installed app, or shared with it. */
import { SHARED_QUERY, type SharedFiles } from "../../shared/service.js";
import { type PathedFiles, pathed } from "../models/dropped.js";
import { fromHandles } from "../models/pick.js";
import { tell } from "./service.js";

/** Where the files go. */
export interface Receiver {
  /** Puts files on the page as soon as it is free. */
  take: (found: PathedFiles) => Promise<void>;
  /** Says that they could not be opened. */
  fail: (thrown: unknown) => void;
}

/** Not in every browser, and so not in the library of types. */
interface LaunchQueue {
  setConsumer(consumer: (launch: { files?: readonly FileSystemFileHandle[] }) => void): void;
}

/** Takes the files of this launch and of every later one. */
export function takeLaunches({ take, fail }: Receiver): void {
  const { launchQueue } = window as { launchQueue?: LaunchQueue };
  launchQueue?.setConsumer(async ({ files = [] }) => {
    if (files.length > 0) {
      await fromHandles(files).then(take).catch(fail);
    }
  });
}

/** Takes the files that another app shared, if the page was opened by that. */
export async function takeShared(active: ServiceWorker, { take }: Receiver): Promise<void> {
  const address = new URL(location.href);
  if (!address.searchParams.has(SHARED_QUERY)) {
    return;
  }
  address.searchParams.delete(SHARED_QUERY);
  history.replaceState(null, "", address);
  const { port1, port2 } = new MessageChannel();
  const shared = new Promise<SharedFiles>((resolve) => {
    port1.onmessage = (event: MessageEvent<SharedFiles>) => resolve(event.data);
  });
  tell(active, { type: "hand_over_shared" }, [port2]);
  const { files } = await shared;
  port1.close();
  if (files.length > 0) {
    await take(pathed(files));
  }
}
