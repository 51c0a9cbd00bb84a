/** What was done, for a moment; in the one place that is read out politely. */
import { spoken, toasts } from "../saying.ts";

export function Toasts() {
  return (
    <div role="status">
      <span class="sr">{spoken}</span>
      <div class="toasts">
        {toasts.value.map(({ id, text }) => (
          <div key={id}>{text}</div>
        ))}
      </div>
    </div>
  );
}
