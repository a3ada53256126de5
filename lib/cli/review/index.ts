export { annotations } from "./annotations";
export { markdown } from "./markdown";
export { readPlan } from "./read-plan";
export { reviewOf, type Review } from "./review";
export { sarif } from "./sarif";
