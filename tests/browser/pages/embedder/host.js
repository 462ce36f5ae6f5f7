// A page's own script: keeps what the element tells it.
globalThis.told = [];
// the tests themselves keep the console's errors here where the browser does not tell them
globalThis.seenErrors = undefined;
for (const type of ["weightkin-progress", "weightkin-result", "weightkin-error"]) {
  document.addEventListener(type, (event) => {
    globalThis.told.push({ type, id: event.target.id, detail: event.detail });
  });
}
addEventListener("message", ({ origin, data }) => {
  globalThis.told.push({ type: `message ${data?.type}`, origin, detail: data?.detail });
});

/** Everything on the page that a guest could leave something on. */
globalThis.snapshot = async () => {
  const prototypes = [Object, Function, Array, String, Promise, Map, EventTarget, Node, Element];
  const attributes = ({ localName, attributes }) => [
    localName,
    ...[...attributes].map(({ name, value }) => `${name}=${value}`),
  ];
  return JSON.stringify({
    globals: Reflect.ownKeys(globalThis).map(String).sort(),
    symbols: Reflect.ownKeys(Symbol).map(String).sort(),
    prototypes: prototypes.map(({ prototype }) => Reflect.ownKeys(prototype).map(String).sort()),
    language: document.documentElement.lang,
    title: document.title,
    head: [...document.head.children].map(attributes),
    body: [...document.body.children].map(attributes),
    sheets: document.adoptedStyleSheets.length,
    stored: [localStorage.length, sessionStorage.length, document.cookie],
    databases: await indexedDB.databases(),
  });
};
addEventListener("DOMContentLoaded", () => {
  globalThis.before = globalThis.snapshot();
});
globalThis.before = null;
