// Somebody else's site: pages with whatever headers they like, on an origin and a host of their own.

import { createReadStream, existsSync, statSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";

/** A page of the site: its text and the headers it comes with. */
export interface HostPage {
  html: string;
  headers?: Record<string, string>;
}

const TYPES: Record<string, string> = {
  ".css": "text/css",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".json": "application/json",
  ".wasm": "application/wasm",
};

/** What makes a page cross-origin isolated. */
export const ISOLATED = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
};

export class Embedder {
  readonly origin: string;
  /** Paths asked for so far. */
  readonly seen: string[] = [];
  private readonly server: Server;
  private readonly pages = new Map<string, HostPage>();
  private readonly folders = new Map<string, string>();

  private constructor(server: Server) {
    this.server = server;
    // another host than the site's `localhost`, so that nothing counts as the same site
    this.origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  static async start(): Promise<Embedder> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const embedder = new Embedder(server);
    server.on("request", ({ url = "/" }, response) => {
      const { pathname } = new URL(url, embedder.origin);
      embedder.seen.push(pathname);
      const page = embedder.pages.get(pathname);
      if (page) {
        response.writeHead(200, { "content-type": "text/html; charset=utf-8", ...page.headers });
        response.end(page.html);
        return;
      }
      const file = embedder.file(pathname);
      if (!file) {
        response.writeHead(pathname === "/favicon.ico" ? 204 : 404);
        response.end();
        return;
      }
      // what every public file store sends
      const headers = {
        "access-control-allow-origin": "*",
        "cross-origin-resource-policy": "cross-origin",
      };
      const type = TYPES[extname(file)] ?? "application/octet-stream";
      response.writeHead(200, { "content-type": type, ...headers });
      createReadStream(file).pipe(response);
    });
    return embedder;
  }

  /** Puts up a page and returns its address. */
  page(path: string, page: HostPage): string {
    this.pages.set(path, page);
    return this.origin + path;
  }

  /** Serves a folder below a path that ends with a slash. */
  folder(path: string, folder: string): string {
    this.folders.set(path, folder);
    return this.origin + path;
  }

  private file(pathname: string): string | undefined {
    for (const [path, folder] of this.folders) {
      if (pathname.startsWith(path)) {
        const file = join(folder, normalize(`/${decodeURIComponent(pathname.slice(path.length))}`));
        if (existsSync(file) && statSync(file).isFile()) return file;
      }
    }
    return undefined;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
