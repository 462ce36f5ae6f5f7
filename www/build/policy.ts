/** The content security policies: each page says its own, everything else repeats it. */
import { readFileSync } from "node:fs";

const META = /<meta\s+http-equiv="Content-Security-Policy"\s+content="([^"]+)"/;

/** The policies of the site's two pages. */
export interface Policies {
  page: string;
  embed: string;
}

/** The policy in a page's `<meta>`, on one line. */
export function policyOf(page: string): string {
  const html = readFileSync(new URL(`../${page}`, import.meta.url), "utf8");
  const [, policy] = META.exec(html) ?? [];
  if (!policy) {
    throw new Error(`${page} has no content security policy`);
  }
  return policy.replaceAll(/\s+/g, " ").trim();
}
