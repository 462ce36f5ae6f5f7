export * from "./types/weightkin.js";
