/** `embed.html`: the element in a frame of its own, for pages that let nothing else in. */
import { WeightKinElement } from "../element.js";
import { optionsIn } from "./options.js";

const { attributes, hosts, post } = optionsIn(location.href);

// Before anything is asked for: no connections but to this site and to the hosts in the address.
const policy = document.createElement("meta");
policy.httpEquiv = "Content-Security-Policy";
policy.content = ["connect-src 'self'", ...hosts].join(" ");
document.head.append(policy);

const element = new WeightKinElement();
for (const [name, value] of Object.entries(attributes)) {
  element.setAttribute(name, value);
}
if (attributes["lang"]) {
  document.documentElement.lang = attributes["lang"];
}
if (post !== null && window.parent !== window) {
  tell(post);
}
document.body.append(element);

/** Tells the page around what happens, if it is of the origin that asked, and nobody else. */
function tell(origin: string): void {
  const send = (type: string, detail: unknown) =>
    window.parent.postMessage({ type, detail }, origin);
  for (const type of ["weightkin-progress", "weightkin-result", "weightkin-error"] as const) {
    element.addEventListener(type, ({ detail }) => send(type, detail));
  }
  const sized = new ResizeObserver(() => {
    send("weightkin-size", { height: Math.ceil(element.getBoundingClientRect().height) });
  });
  sized.observe(element);
}
