/** The headers that every file of the site should have, for hosts that set none themselves. */

/**
 * Cross-origin isolation, which gives the page shared memory and so threads. The last one lets
 * isolated pages of other origins use the files.
 */
export const ISOLATION: Readonly<Record<string, string>> = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
  "Cross-Origin-Resource-Policy": "cross-origin",
};

/** Headers for every file besides isolation. */
export const CAUTION: Readonly<Record<string, string>> = {
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
};

/**
 * The response with the headers that its host left out. What the host says stands, whatever it is.
 * Scripts get the page's policy: a worker takes it from its own script, not from the page.
 */
export function stamped(response: Response, policy: string): Response {
  const headers = new Headers(response.headers);
  const isScript = /javascript/.test(headers.get("content-type") ?? "");
  const wanted = {
    ...ISOLATION,
    ...CAUTION,
    ...(isScript ? { "Content-Security-Policy": policy } : {}),
  };
  for (const [name, value] of Object.entries(wanted)) {
    if (!headers.has(name)) {
      headers.set(name, value);
    }
  }
  const { status, statusText } = response;
  return new Response(response.body, { status, statusText, headers });
}
