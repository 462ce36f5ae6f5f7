/** Tensors in the order in which the data passes them. */
import type { Report, ReportTensor } from "../../weightkin.js";
import { scopesBy } from "./look.js";

const names = new Intl.Collator("en", { numeric: true });

/** Text encoders first, then block by block; the report lists blocks in their order. */
export function byDepth<R extends { tensor: ReportTensor }>(rows: R[], report: Report): R[] {
  const components = order(scopesBy(report, "component").map(({ name }) => name));
  const blocks = order(scopesBy(report, "block").map(({ name }) => name));
  const rank = ({ component, block }: ReportTensor) =>
    (component.startsWith("TE") ? 0 : 1e6) +
    (components.get(component) ?? 0) * 1e4 +
    (blocks.get(block) ?? 0);
  return rows.toSorted(
    (x, y) => rank(x.tensor) - rank(y.tensor) || names.compare(x.tensor.name, y.tensor.name),
  );
}

function order(names: string[]): Map<string, number> {
  return new Map(names.map((name, i) => [name, i]));
}
