import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { estimateDigits, figureDigits } from "../../www/src/page/common/format.ts";

/** Figure, half-width of its interval, and the text: the table that the core's own digits keep to. */
const rows: [value: number, halfWidth: number | null, shown: string][] = JSON.parse(
  readFileSync(join(import.meta.dirname, "../report/digits.json"), "utf8"),
);

test.each(rows)("%s ± %s is shown as in every export", (value, halfWidth, shown) => {
  const text =
    halfWidth === null ? figureDigits(value) : estimateDigits(value, halfWidth).join(" ± ");
  expect(text).toBe(shown);
});
