// What `import.meta.url` becomes in the bundle, which is CommonJS. Injected by bundle.mjs where it is used.
import { pathToFileURL } from "node:url";

export const moduleUrl = pathToFileURL(__filename).href;
