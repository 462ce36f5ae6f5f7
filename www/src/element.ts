/**
 * `<weight-kin>` for any page on any origin: importing this defines it. A second copy on the same
 * page leaves the first in place.
 */
import { defineElement } from "./page/common/element.js";
import { WeightKinElement } from "./widget/weight-kin.js";

export * from "./widget/weight-kin.js";

defineElement("weight-kin", WeightKinElement);
