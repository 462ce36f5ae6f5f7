// Node before 22.18 does not run TypeScript by itself; Vite, which the tests bring along, does.
import { runnerImport } from "vite";

const [, , script = "main.ts"] = process.argv;
await runnerImport(new URL(script, import.meta.url).pathname, { logLevel: "error" });
process.exit();
