/** The style sheet of every `<weight-kin>` on a page: the page's own, made to stand alone. */
import text from "./widget.css?inline";

let sheet: CSSStyleSheet | undefined;

/** One sheet for all shadow roots. A page's policy for styles does not concern it. */
export function widgetSheet(): CSSStyleSheet {
  if (!sheet) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(ownSize(text));
  }
  return sheet;
}

/**
 * `rem` is the size of the text of the page around, which may be anything; in here it is `--size`.
 * Conditions of at-rules are left alone: no variable counts there.
 */
function ownSize(css: string): string {
  return css.replace(/(@[^{;]*)|(-?(?:\d*\.)?\d+)rem\b/g, (_, rule: string, size: string) =>
    rule === undefined ? `calc(${size} * var(--size))` : rule,
  );
}
