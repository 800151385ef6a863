/** What the tests of all packages share: it is built with this package, and not published. */
export { docsSection } from "./docs-section.js";
export { type Documented, membersOf } from "./documented.js";
export { until } from "./until.js";
export { settle, VirtualClock } from "./virtual-clock.js";
