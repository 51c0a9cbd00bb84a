/** One endpoint that follows the book. */
import { DurableObject } from "cloudflare:workers";
import type { WatcherAnswer } from "../live/watchers";

export class WebhookObject extends DurableObject<Env> {
  /** The ledger says that the book has grown. */
  bookGrew(): Promise<WatcherAnswer> {
    return Promise.resolve({ listening: false });
  }
}
