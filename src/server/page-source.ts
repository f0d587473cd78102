/**
 * The arena's memory in a server: regions of the addon, whose free pages can go back to the system one by one. Without
 * the addon, or where the engine refuses such buffers, plain ArrayBuffers: then only whole windows go back.
 */
import { errnoName, nativeAddon } from "../native/addon.js";
import { type PageSource, PLAIN_PAGES } from "../storage/page-source.js";

/** Enough to see whether regions work. */
const TRIAL_BYTES = 65536;

let known: PageSource | null = null;

/** The one of this process. */
export function findPageSource(): PageSource {
  known ??= openRegions() ?? PLAIN_PAGES;
  return known;
}

function openRegions(): PageSource | null {
  const addon = nativeAddon();
  if (addon === undefined) return null;
  const trial = addon.makeRegion(TRIAL_BYTES);
  if (typeof trial === "number" || addon.releasePages(trial, 0, TRIAL_BYTES) !== 0) return null;
  return {
    allocate(bytes) {
      const region = addon.makeRegion(bytes);
      if (typeof region === "number") throw new RangeError(`no region of ${bytes} bytes: ${errnoName(region)}`);
      return region;
    },
    populate: (buffer, start, byteLength) => void addon.populatePages(buffer, start, byteLength),
    release: (buffer, start, byteLength) => addon.releasePages(buffer, start, byteLength) === 0,
  };
}
