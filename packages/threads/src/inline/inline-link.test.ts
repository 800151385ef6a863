import { settle } from "@process-hub/protocol/testing";
import { linkCases } from "../link/link.cases.js";
import { InlineLink, type Soon } from "./inline-link.js";

const soon: Soon = (run) => queueMicrotask(run);

linkCases("an inline link", () => InlineLink.pair(soon, soon), settle);
