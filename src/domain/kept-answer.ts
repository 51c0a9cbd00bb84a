/** What a request under an idempotency key was answered, as it is kept and given again. */
export interface KeptAnswer {
  status: number;
  /** Those that belong to the answer itself: its type, where the new thing is. */
  headers: Record<string, string>;
  /** null: it has none. */
  body: Uint8Array | null;
}

/** What a request that comes under a key is to do. */
export type Begun =
  /** Go on. `resumed`: the same request began before and never came to an answer that is kept; some of it may be done. */
  | { state: "first"; attempt: string; resumed: boolean }
  | { state: "answered"; answer: KeptAnswer }
  /** The key belongs to another request. */
  | { state: "reused" }
  /** The same request is still running, longer than anyone waits. */
  | { state: "busy" };

/** The same for a request whose answer is not kept. */
export type Claimed = "first" | "again" | "reused";
