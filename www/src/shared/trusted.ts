/**
 * Where the page demands trusted types, scripts may come from this site only, whoever asks for
 * them. Import this before anything that starts a worker.
 */

/** The part of the Trusted Types API that is used here. */
interface TrustedTypes {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): unknown;
}

function ownScript(url: string): string {
  const { protocol, origin, href } = new URL(url, self.location.href);
  if (protocol !== "blob:" && origin !== self.location.origin) {
    throw new TypeError(`scripts from elsewhere are not allowed: ${href}`);
  }
  return href;
}

/** A worker started from a line of script runs under the policy of somebody else's page. */
const IN_ANOTHER_PAGE = self.location.protocol === "blob:";

try {
  const { trustedTypes } = self as { trustedTypes?: TrustedTypes };
  // the one policy that browsers apply by themselves to plain addresses
  if (!IN_ANOTHER_PAGE) {
    trustedTypes?.createPolicy("default", { createScriptURL: ownScript });
  }
} catch {
  // another page's policy does not allow it: that page says itself what may run
}
