// What a hostile page, list, model or report may try on `<weight-kin>`.

import type * as Weightkin from "../../../www/src/shared/types.js";

/** Markup that would set a global if anything ever took it for markup. */
export const MARKUP = `<img src="/hacked" onerror="globalThis.hacked=1"><script>globalThis.hacked=1</script>`;

/** Names that are something else to a careless program. */
export const NAMES = [
  MARKUP,
  "__proto__",
  "constructor",
  "toString",
  "javascript:globalThis.hacked=1",
  "\u202Esrotasnetefas.a",
  "{{constructor.constructor('globalThis.hacked=1')()}}",
  `"></h2><svg onload=globalThis.hacked=1>`,
  "x".repeat(100_000),
];

/** Keys that would reach prototypes if objects were merged carelessly. */
const PROTOTYPE_KEYS = `"__proto__":{"hacked":1},"constructor":{"prototype":{"hacked":1}}`;

const nested = (depth: number) => "[".repeat(depth) + "]".repeat(depth);

/** Lists of relatives that are none, or too much of one. */
export const LISTS: Record<string, string> = {
  "is empty": "",
  "is no JSON": MARKUP,
  "is another kind of JSON": "[1,2,3]",
  "has prototype keys only": `{${PROTOTYPE_KEYS}}`,
  "inherits its entries": `{"__proto__":{"relatives":["a.safetensors"]}}`,
  "is nested very deeply": `{"relatives":${nested(200_000)}}`,
  "holds what is no text": `{"relatives":[{"toString":"a"},null,1]}`,
  "names scripts": `{"relatives":["javascript:globalThis.hacked=1","data:text/html,${"x"}"]}`,
  "names a file of this computer": `{"relatives":["file:///etc/passwd"]}`,
  "carries a password": `{"relatives":["http://user:password@127.0.0.1/a.safetensors"]}`,
  "names ten thousand models": JSON.stringify({
    relatives: Array.from({ length: 10_000 }, (_, i) => `${i}.safetensors`),
  }),
};

type Spoil = (report: Weightkin.Report, text: string) => string;

const changed =
  (change: (report: Weightkin.Report) => void): Spoil =>
  (report) => {
    change(report);
    return JSON.stringify(report);
  };

/** Reports made from a good one. */
export const REPORTS: Record<string, Spoil> = {
  "has markup and keys for names": changed(({ models, tensors }) => {
    models.forEach((model, i) => {
      model.name = NAMES[i] ?? "";
      model.files = [{ name: MARKUP, bytes: 1 }];
    });
    NAMES.forEach((name, i) => {
      const tensor = tensors[i];
      if (tensor) Object.assign(tensor, { name, component: name, block: name, kind: name });
    });
  }),
  "has markup where words are expected": changed((report) => {
    const words = { reason: MARKUP, verdict: MARKUP, relation: MARKUP, by: MARKUP };
    for (const part of [...report.pairs, ...report.recipes, ...report.scopes]) {
      Object.assign(part, words);
    }
    Object.assign(report.compared, { left_out: [{ name: MARKUP, ...words }] });
  }),
  "counts beyond all numbers": changed((report) => {
    for (const model of report.models) model.parameters = 2 ** 63;
    for (const tensor of report.tensors) tensor.columns = 2 ** 53;
    report.compared.columns = 2 ** 60;
  }),
  "has shapes beyond all memory": changed((report) => {
    for (const tensor of report.tensors) tensor.shape = [4_294_967_295, 4_294_967_295];
  }),
  "has figures that are none": (_, text) => text.replace(/"gram":\[[^\]]*\]/g, '"gram":[1e999]'),
  "has more models than fit": changed((report) => {
    report.models = Array.from({ length: 5_000 }, () => ({ ...report.models[0] }) as never);
  }),
  "points outside itself": changed((report) => {
    report.ancestor = 4_000_000_000;
    report.tree = [{ left: 99, right: 98, distance: -1 }];
    report.closest = [{ of: 0, model: 77, runner_up: 76, margin: 1 }];
  }),
  "has prototype keys everywhere": (_, text) => text.replaceAll("{", `{${PROTOTYPE_KEYS},`),
  "is nested very deeply": (_, text) => `{"deep":${nested(200_000)},${text.slice(1)}`,
  "is of a later version": changed((report) => {
    report.version = 4_000_000_000;
  }),
  "is nothing": () => "",
  "is null": () => "null",
  "is markup": () => MARKUP,
};
