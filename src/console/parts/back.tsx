/** From one thing to the list that it is of. */
import { Icon } from "./icon.tsx";

export function Back({ to, children }: { to: string; children: string }) {
  return (
    <a class="back" href={to}>
      <Icon name="chevron-left" />
      {children}
    </a>
  );
}
