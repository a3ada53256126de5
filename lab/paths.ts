import { join } from "node:path";

export const ROOT = join(__dirname, "..");

/** Recipes of the images. */
export const IMAGES = join(__dirname, "images");

/** Everything that the lab makes and that git ignores. */
export const CACHE = join(ROOT, ".cache", "lab");

/** Programs that bootstrap.sh fetched because the machine lacked them. */
export const TOOLS = join(ROOT, ".cache", "tools", "bin");
