// A page of the same origin that knows nothing but the stable address of the library.
import * as weightkin from "/weightkin.js";

globalThis.weightkin = weightkin;
