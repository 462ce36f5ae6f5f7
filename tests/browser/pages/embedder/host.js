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

/** Everything on the page that a guest could leave something on, a line each. */
async function snapshot() {
  const prototypes = [Object, Function, Array, String, Promise, Map, EventTarget, Node, Element];
  const keys = (name, object) => Reflect.ownKeys(object).map((key) => `${name} has ${String(key)}`);
  const attributes = ({ localName, attributes }) =>
    `<${localName} ${[...attributes].map(({ name, value }) => `${name}=${value}`).join(" ")}>`;
  const databases = await indexedDB.databases();
  return [
    // the driver of WebKit leaves a mark of its own
    ...keys("window", globalThis).filter((line) => !line.includes("Symbol(automation")),
    ...keys("Symbol", Symbol),
    ...prototypes.flatMap(({ name, prototype }) => keys(name, prototype)),
    ...[...document.head.children, ...document.body.children].map(attributes),
    ...databases.map(({ name }) => `database ${name}`),
    `language ${document.documentElement.lang}`,
    `title ${document.title}`,
    `${document.adoptedStyleSheets.length} style sheets`,
    `stored ${localStorage.length} ${sessionStorage.length} ${document.cookie}`,
  ];
}

let before;
addEventListener("DOMContentLoaded", () => {
  before = snapshot();
});

/** What has come to the page and gone from it since it was there. */
globalThis.changes = async () => {
  const [then, now] = [await before, await snapshot()];
  return [
    ...now.filter((line) => !then.includes(line)).map((line) => `now: ${line}`),
    ...then.filter((line) => !now.includes(line)).map((line) => `no more: ${line}`),
  ];
};
