/**
 * The types of msgpackr's build without `eval`, which ships none: they are those of its main build.
 * Without them the codec would be made of `any`.
 */
declare module "msgpackr/index-no-eval" {
  export { Packr, RESERVE_START_SPACE } from "msgpackr";
}
