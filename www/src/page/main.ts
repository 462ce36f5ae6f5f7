import type { Zone } from "./zone.js";
import "./app.js";

declare global {
  interface HTMLElementTagNameMap {
    "wk-zone": Zone;
  }
}
