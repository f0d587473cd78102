/** How one client tracks keys: what CLIENT TRACKING made of it. Made at the first TRACKING ON; tracking.ts acts on it. */
import { type Prefixed, PrefixIndex } from "../../base/prefix-index.js";
import type { TrackingView } from "../../commands/context.js";

export class ClientTracking implements TrackingView {
  isOn = false;
  broadcasts = false;
  optsIn = false;
  optsOut = false;
  noLoop = false;
  isBroken = false;
  /** CLIENT CACHING was said: the next command, or transaction, is an exception. */
  caching = false;
  /** The client that gets the messages instead; 0: itself. */
  redirect = 0;
  /** Of BCAST. None begins with another. */
  prefixes = new PrefixIndex<Prefixed>();
  /** How many keys the table has with its id. They stay there while it does not track: it may go on later. */
  items = 0;
  /** What its prefixes take, about. */
  prefixBytes = 0;
}
