import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["**/*.test.ts"],
    // each file drives browsers that use every core, but waits for them half of the time
    maxWorkers: 2,
    testTimeout: 60_000,
    // longer than two starts of a browser
    hookTimeout: 150_000,
    // the address in the terminal is worth more than the JSON of a whole report
    chaiConfig: { truncateThreshold: 400 },
  },
});
