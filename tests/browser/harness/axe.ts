// axe-core in the page, as its users' assistive technology would judge it.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "./browser.ts";

const source = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

interface Violation {
  id: string;
  help: string;
  nodes: { target: unknown[]; failureSummary?: string }[];
}

/** What axe finds wrong in what is on the page now: one line per kind and place. */
export async function violations(page: Page): Promise<string[]> {
  // the page's own policy allows no script text, so the source comes as a function
  if (!(await page.evaluate(() => "axe" in globalThis))) {
    await page.evaluate(new Function(source) as () => void);
  }
  const found = await page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: { run: (context: Document) => Promise<{ violations: Violation[] }> };
    };
    const { violations } = await axe.run(document);
    return violations.flatMap(({ id, help, nodes }) =>
      nodes.map(
        ({ target, failureSummary }) => `${id}: ${help}: ${target.join(" ")}: ${failureSummary}`,
      ),
    );
  });
  return found;
}
