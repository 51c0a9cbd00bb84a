/** A shard of listeners. */
import { DurableObject } from "cloudflare:workers";
import type { WatcherAnswer } from "./watchers";

export class HubObject extends DurableObject<Env> {
  /** The ledger says that the book has grown. */
  bookGrew(): Promise<WatcherAnswer> {
    return Promise.resolve({ listening: false });
  }
}
