/**
 * The key of this tab, and what it may do. It is kept in `sessionStorage` alone: gone with the tab, in no URL and no cookie.
 * A key that stops working is asked for again without a page losing what was typed in it.
 */
import { batch, computed, signal } from "@preact/signals";
import type { KeySelf, Scope } from "../client/wire-operation.ts";

const STORED_AS = "holdfast.key";

function storedKey(): string | null {
  try {
    return sessionStorage.getItem(STORED_AS);
  } catch {
    // A browser that keeps nothing for this page: the key lives as long as the page does.
    return null;
  }
}

function store(key: string | null): void {
  try {
    if (key === null) sessionStorage.removeItem(STORED_AS);
    else sessionStorage.setItem(STORED_AS, key);
  } catch {
    // As above.
  }
}

const key = signal(storedKey());
/** Whose key it is; undefined: that has not been asked yet. */
export const self = signal<KeySelf | undefined>(undefined);
/** The key has stopped working: it is asked for over the page, which stays. */
export const isRefused = signal(false);
export const isSignedIn = computed(() => key.value !== null);

export function currentKey(): string {
  return key.peek() ?? "";
}

/** Raised by each key that signs in: what was loaded with another one is not shown. */
export const sessionNumber = signal(0);

export function begin(newKey: string, whose: KeySelf): void {
  // Whoever signs in over a page goes on with it, and with what was typed there.
  const isAnother = self.peek()?.keyId !== whose.keyId && !isRefused.peek();
  batch(() => {
    store(newKey);
    key.value = newKey;
    self.value = whose;
    isRefused.value = false;
    if (isAnother) sessionNumber.value += 1;
  });
}

export function signOut(): void {
  batch(() => {
    store(null);
    key.value = null;
    self.value = undefined;
    isRefused.value = false;
    sessionNumber.value += 1;
  });
}

/** A 401 came for the key that is in use. */
export function refused(): void {
  if (key.peek() !== null) isRefused.value = true;
}

/** Unknown until the service has said whose key it is: then nothing is called missing. */
export function lacks(scope: Scope): boolean {
  const scopes = self.value?.scopes;
  return scopes !== undefined && !scopes.includes("admin") && !scopes.includes(scope);
}
