/**
 * Keys that do something by themselves. None fires inside a field, and all can be turned off. A page adds its own while it is
 * shown; the newest of a key counts.
 */
import { signal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";

/** What is listed at `?`. */
export const KEYS: readonly (readonly [keys: string, what: string])[] = [
  ["/", "Search"],
  ["Ctrl K", "Go to a page, a product, an action"],
  ["g p", "Products"],
  ["g l", "Low stock"],
  ["g h", "Holds"],
  ["g o", "Orders"],
  ["g e", "Events"],
  ["j", "Next row"],
  ["k", "Row before"],
  ["Enter", "Open the row"],
  ["h", "Hold, on a product"],
  ["c", "Count, on a product"],
  ["r", "Receive, on a product"],
  ["t", "Transfer, on a product"],
  ["p", "Pause the stream, on Events"],
  ["?", "This list"],
  ["Esc", "Close, or clear the search"],
];

const STORED_AS = "holdfast.keys";

function storedOff(): boolean {
  try {
    return localStorage.getItem(STORED_AS) === "off";
  } catch {
    return false;
  }
}

export const areKeysOff = signal(storedOff());

export function turnKeys(isOff: boolean): void {
  areKeysOff.value = isOff;
  try {
    localStorage.setItem(STORED_AS, isOff ? "off" : "on");
  } catch {
    // It holds for this page, then.
  }
}

type Handlers = Record<string, () => void>;

const layers: { current: Handlers }[] = [];
/** After `g`, the next key says where to. */
const PREFIX_MS = 1500;
let prefixUntilMs = 0;

function isField(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && target.closest("input, select, textarea, [contenteditable]") !== null
  );
}

function onKeyDown(event: KeyboardEvent): void {
  const { key, target } = event;
  if (event.defaultPrevented || event.isComposing) return;
  const isPalette = (event.ctrlKey || event.metaKey) && !event.altKey && key.toLowerCase() === "k";
  if (!isPalette) {
    if (areKeysOff.peek() || event.ctrlKey || event.metaKey || event.altKey) return;
    if (isField(target) || document.querySelector("dialog[open]")) return;
  }
  const isSecond = performance.now() < prefixUntilMs;
  prefixUntilMs = !isSecond && key === "g" ? performance.now() + PREFIX_MS : 0;
  const name = isPalette ? "Ctrl K" : isSecond ? `g ${key}` : key;
  const handler = layers.findLast(({ current }) => current[name] !== undefined)?.current[name];
  if (!handler) return;
  event.preventDefault();
  handler();
}

export function listenToKeys(): void {
  addEventListener("keydown", onKeyDown);
}

/** By the names of `KEYS`. */
export function useKeys(handlers: Handlers): void {
  const layer = useRef(handlers);
  layer.current = handlers;
  // A page that is seen has its keys.
  useLayoutEffect(() => {
    layers.push(layer);
    return () => void layers.splice(layers.indexOf(layer), 1);
  }, []);
}

/** `j` and `k` move among the links of rows. */
export function moveAmongRows(step: 1 | -1): void {
  const links = [...document.querySelectorAll<HTMLElement>("main .row-link")];
  const at = links.findIndex((link) => link === document.activeElement);
  const next = at === -1 ? (step === 1 ? 0 : links.length - 1) : at + step;
  const link = links[Math.min(Math.max(next, 0), links.length - 1)];
  link?.focus();
  link?.scrollIntoView({ block: "nearest" });
}
