// The built site on a server of its own, watched from the server's side.

import type { ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { end, start, within } from "./process.ts";
import { PAGES, xtask } from "./repository.ts";

export interface ServedRequest {
  method: string;
  path: string;
  range: string | null;
  status: number;
}

export interface SiteOptions {
  /** Whether pages are cross-origin isolated, as `cargo xtask serve` makes them. */
  isolated?: boolean;
  /** Path of the site on its host. */
  base?: string;
  /** Further folders of the same origin: path and folder. */
  mounts?: Record<string, string>;
}

type Line = { address: string } | { request: ServedRequest };

export class Site {
  /** The page's address, with a slash at its end. */
  readonly address: string;
  /** The origin, without a slash. */
  readonly origin: string;
  private readonly server: ChildProcess;
  private readonly seen: ServedRequest[];

  private constructor(server: ChildProcess, address: string, seen: ServedRequest[]) {
    this.server = server;
    this.address = address;
    this.origin = new URL(address).origin;
    this.seen = seen;
  }

  static async start(options: SiteOptions = {}): Promise<Site> {
    const args = ["serve", "--no-build", "--port=0", "--log=json", `--mount=/pages=${PAGES}`];
    if (options.isolated === false) args.push("--plain");
    if (options.base) args.push(`--base=${options.base}`);
    for (const [path, folder] of Object.entries(options.mounts ?? {})) {
      args.push(`--mount=${path}=${folder}`);
    }
    // the open standard input keeps the server running, and no longer than this process
    const server = start(xtask(), args, { stdio: ["pipe", "pipe", "inherit"] });
    const seen: ServedRequest[] = [];
    const address = new Promise<string>((resolve, reject) => {
      if (!server.stdout) throw new Error("the server has no standard output");
      createInterface(server.stdout).on("line", (text) => {
        const line = JSON.parse(text) as Line;
        if ("address" in line) resolve(line.address);
        else seen.push(line.request);
      });
      server.once("exit", (code) => reject(new Error(`the server ended with ${code}`)));
    });
    return new Site(server, await within(10_000, "starting the server", address), seen);
  }

  /** Address of one of the test pages. */
  page(name: string): string {
    return `${this.origin}/pages/${name}`;
  }

  /** Everything the server has been asked for so far. */
  async requests(): Promise<ServedRequest[]> {
    // the last lines may still be on their way
    await sleep(100);
    return [...this.seen];
  }

  async stop(): Promise<void> {
    await end(this.server);
  }
}
