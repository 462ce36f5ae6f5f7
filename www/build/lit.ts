/** Lit without the marks it leaves on a page's globals, which are not ours to change. */
import type { Plugin } from "vite";

/** What each module of Lit does to `globalThis` and `Symbol`, and what does the same work without. */
const MARKS: readonly { module: RegExp; mark: RegExp; instead: string }[] = [
  {
    module: /\/(lit-html|lit-element|reactive-element)\.js$/,
    mark: /\(\w+\.(?:litHtml|litElement|reactiveElement)Versions\?\?=\[\]\)\.push\("[\d.]+"\)/,
    instead: "void 0",
  },
  {
    // the store of what decorators say; there are no decorators here
    module: /\/reactive-element\.js$/,
    mark: /Symbol\.metadata\?\?=Symbol\("metadata"\),\w+\.litPropertyMetadata\?\?=new WeakMap/,
    instead: "const litPropertyMetadata=new WeakMap",
  },
];

/** Fails where Lit is not as expected, so that a new version cannot bring the marks back. */
export function litWithoutMarks(): Plugin {
  return {
    name: "weightkin-lit",
    apply: "build",
    transform(code, id) {
      const here = MARKS.filter(({ module }) => /node_modules\/.*lit/.test(id) && module.test(id));
      if (here.length === 0) {
        return null;
      }
      let changed = code;
      for (const { mark, instead } of here) {
        if (!mark.test(changed)) {
          this.error(`${id}: the code that marks globals has changed`);
        }
        changed = changed.replace(mark, instead);
      }
      return { code: changed, map: null };
    },
  };
}
