// Node before 22.18 does not run TypeScript by itself; Vite, which the tests bring along, does.
import { runnerImport } from "vite";

await runnerImport(new URL("main.ts", import.meta.url).pathname, { logLevel: "error" });
process.exit();
