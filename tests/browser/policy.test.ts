// What the page's own policy refuses, whoever asks for it.

import { expect, test } from "vitest";
import { App } from "./harness/app.ts";
import { inEachEngine } from "./harness/scene.ts";

/** What became of each attempt: the exception that met it, or nothing. */
type Attempts = Record<string, string | null>;

/** With trusted types nothing of it gets into the document; a script with text is not run. */
const REFUSED: Attempts = {
  "a script with text": null,
  "a handler as an attribute": "TypeError",
  markup: "TypeError",
  "markup beside": "TypeError",
  "evaluated text": "EvalError",
  "text for a timer": "TypeError",
  "a script from elsewhere": "TypeError",
};

inEachEngine((scene) => {
  test("inline scripts, markup and evaluated text are refused, and so are scripts from elsewhere", async () => {
    const { page } = await App.open(scene);
    const seen = await page.evaluate(async (elsewhere) => {
      const violated = new Set<string>();
      document.addEventListener("securitypolicyviolation", ({ effectiveDirective }) => {
        violated.add(effectiveDirective);
      });
      const attempts: Attempts = {};
      const attempt = (what: string, work: () => void) => {
        try {
          work();
          attempts[what] = null;
        } catch (thrown) {
          attempts[what] = (thrown as Error).name;
        }
      };
      const host = document.createElement("div");
      document.body.append(host);
      const code = "globalThis.hacked = 1";
      const markup = `<img src="data:," onerror="${code}"><b>markup</b>`;
      // a task of its own: a driver may lift the policy for what it runs itself
      await new Promise((resolve) => setTimeout(resolve));
      attempt("a script with text", () => {
        const script = document.createElement("script");
        script.append(document.createTextNode(code));
        host.append(script);
      });
      attempt("a handler as an attribute", () => {
        const button = document.createElement("button");
        button.setAttribute("onclick", code);
        host.append(button);
        button.click();
      });
      attempt("markup", () => {
        host.innerHTML = markup;
      });
      attempt("markup beside", () => host.insertAdjacentHTML("beforeend", markup));
      // biome-ignore lint/security/noGlobalEval: what is to be refused
      attempt("evaluated text", () => globalThis.eval(code));
      attempt("text for a timer", () => setTimeout(code as never));
      attempt("a script from elsewhere", () => {
        const script = document.createElement("script");
        script.src = elsewhere;
        host.append(script);
      });
      await new Promise((resolve) => setTimeout(resolve, 500));
      return {
        attempts,
        violated: [...violated],
        hacked: "hacked" in globalThis,
        markup: host.querySelectorAll("b").length,
        has_types: "trustedTypes" in globalThis,
      };
    }, "http://127.0.0.1:9/hacked.js");
    expect(seen.hacked).toBe(false);
    if (seen.has_types) {
      expect(seen.attempts).toEqual(REFUSED);
      expect(seen.markup).toBe(0);
      expect(seen.violated).toContain("require-trusted-types-for");
    } else {
      expect(seen.violated.some((directive) => directive.startsWith("script-src"))).toBe(true);
    }
  });
});
