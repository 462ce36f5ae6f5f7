/** Files that other apps share with the installed one: taken here, fetched by the page. */
import { SHARED_FIELD, SHARED_QUERY, type SharedFiles } from "../shared/service.js";

let waiting: File[] = [];

/** True for the request that a share makes. */
export function isShare({ method, url }: Request): boolean {
  return method === "POST" && new URL(url).searchParams.has(SHARED_QUERY);
}

/** Keeps the files and sends the browser on to the page, which asks for them. */
export async function takeShare(request: Request): Promise<Response> {
  const page = new URL(request.url);
  page.search = SHARED_QUERY;
  try {
    const form = await request.formData();
    waiting = form.getAll(SHARED_FIELD).filter((value) => value instanceof File);
  } catch {
    waiting = []; // a share that cannot be read opens the page all the same
  }
  return Response.redirect(page.href, 303);
}

/** Gives the files away, once. */
export function handOver(port: MessagePort | undefined): void {
  port?.postMessage({ files: waiting } satisfies SharedFiles);
  waiting = [];
}
