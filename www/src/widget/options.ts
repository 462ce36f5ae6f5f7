/** What the address of `embed.html` asks for. */

/** Options that the element takes as attributes. */
const ATTRIBUTES = ["title", "theme", "lang", "report", "loading"] as const;

export interface EmbedOptions {
  attributes: Record<string, string>;
  /** Origins besides the page's own that may be asked for relatives and a report. */
  hosts: string[];
  /** Origin of the page around that wants to be told; `null` where none does. */
  post: string | null;
}

/** Reads the query of `address`, which also is what relative addresses are seen from. */
export function optionsIn(address: string): EmbedOptions {
  const { searchParams: query, origin } = new URL(address);
  const attributes: Record<string, string> = {};
  for (const name of ATTRIBUTES) {
    const value = query.get(name);
    if (value !== null) {
      attributes[name] = value;
    }
  }
  const relatives = query.getAll("relatives").join(" ");
  if (relatives !== "") {
    attributes["relatives"] = relatives;
  }
  const named = `${relatives} ${attributes["report"] ?? ""}`.split(/\s+/).filter(Boolean);
  const origins = named.flatMap((part) => {
    const url = URL.canParse(part, address) ? new URL(part, address) : null;
    return url && /^https?:$/.test(url.protocol) ? [url.origin] : [];
  });
  const hosts = [...new Set(origins)].filter((host) => host !== origin);
  return { attributes, hosts, post: originIn(query.get("post")) };
}

/** The text as an origin, if it is exactly one: no path, no `*`, no `null`. */
function originIn(text: string | null): string | null {
  const url = text !== null && URL.canParse(text) ? new URL(text) : null;
  return url && url.origin === text && /^https?:$/.test(url.protocol) ? text : null;
}
