/** The one polite place that tells results and the connection to those who cannot see them; and toasts, which stand in it. */
import { signal } from "@preact/signals";

const TOAST_MS = 6000;

export const spoken = signal("");

/** Said once, without being shown. */
export function say(text: string): void {
  // The same words again are said again.
  spoken.value = spoken.peek() === text ? `${text}\u00A0` : text;
}

export interface Toast {
  id: number;
  text: string;
}

export const toasts = signal<readonly Toast[]>([]);
let lastId = 0;

/** What was done, shown for six seconds. */
export function toast(text: string): void {
  lastId += 1;
  const id = lastId;
  toasts.value = [...toasts.value.slice(-2), { id, text }];
  setTimeout(() => {
    toasts.value = toasts.value.filter((one) => one.id !== id);
  }, TOAST_MS);
}
