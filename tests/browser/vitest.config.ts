import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["**/*.test.ts"],
    // each file drives browsers that use every core
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // the address in the terminal is worth more than the JSON of a whole report
    chaiConfig: { truncateThreshold: 400 },
  },
});
