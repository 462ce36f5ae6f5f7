// Child processes that are always ended, and only they: each leads a process group of its own.

import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

const running = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of running) signalGroup(child, "SIGKILL");
});

/** Starts a program as the leader of its own process group. */
export function start(program: string, args: string[], options: SpawnOptions = {}): ChildProcess {
  const child = spawn(program, args, { ...options, detached: true });
  running.add(child);
  return child;
}

/** Ends a program started by `start`, with everything it started, and waits for it. */
export async function end(child: ChildProcess): Promise<void> {
  const hasExited = () => child.exitCode !== null || child.signalCode !== null;
  signalGroup(child, "SIGTERM");
  for (let waited_ms = 0; !hasExited() && waited_ms < 2_000; waited_ms += 20) await sleep(20);
  // what outlived its leader, or did not listen
  signalGroup(child, "SIGKILL");
  while (!hasExited() && child.pid !== undefined) await sleep(20);
  running.delete(child);
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // the whole group has gone already
  }
}

/** A TCP port that nothing listens on right now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      const port = typeof address === "object" && address ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

/** The promise's value, or an error that says what took too long. */
export async function within<T>(timeout_ms: number, what: string, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`${what}: no answer in ${timeout_ms} ms`)),
      timeout_ms,
    );
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Asks again and again until the answer is neither undefined, null nor false. */
export async function until<T>(
  timeout_ms: number,
  what: string,
  ask: () => Promise<T> | T,
): Promise<NonNullable<T>> {
  const started = performance.now();
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== null && answer !== false) return answer;
    if (performance.now() - started > timeout_ms) {
      throw new Error(`${what}: not within ${timeout_ms} ms`);
    }
    await sleep(15);
  }
}
