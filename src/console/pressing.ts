/**
 * Changes that one press of a button makes. The idempotency key of each is kept until the service has answered, so that a second
 * press after a broken connection does it once.
 */
import { useRef, useState } from "preact/hooks";
import { failureOf, type Failure } from "./failure.ts";

export interface Press<A> {
  send: (options: { idempotencyKey: string }) => Promise<A>;
  onDone: (answer: A) => void;
  onFailure: (failure: Failure) => void;
}

export interface Pressing<Name extends string> {
  /** What is on its way; nothing else begins meanwhile. */
  busy: Name | undefined;
  press<A>(name: Name, by: Press<A>): Promise<void>;
}

let underWay = 0;

/** Something is being changed: what a page shows may be gone in a moment. */
export function isChanging(): boolean {
  return underWay > 0;
}

export function usePressing<Name extends string>(): Pressing<Name> {
  const [busy, setBusy] = useState<Name>();
  // At once, and not when it is next drawn.
  const isOnItsWay = useRef(false);
  const keys = useRef(new Map<Name, string>());
  return {
    busy,
    press: async (name, { send, onDone, onFailure }) => {
      if (isOnItsWay.current) return;
      isOnItsWay.current = true;
      underWay += 1;
      setBusy(name);
      const idempotencyKey = keys.current.get(name) ?? crypto.randomUUID();
      keys.current.set(name, idempotencyKey);
      try {
        const answer = await send({ idempotencyKey });
        keys.current.delete(name);
        onDone(answer);
      } catch (error) {
        const failure = failureOf(error);
        if (!failure.isUnsent) keys.current.delete(name);
        onFailure(failure);
      } finally {
        isOnItsWay.current = false;
        underWay -= 1;
        setBusy(undefined);
      }
    },
  };
}
