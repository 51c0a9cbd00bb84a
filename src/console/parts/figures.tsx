/** The numbers of a thing, each under its word; the first is the one that decides. */
import type { ComponentChildren } from "preact";

export interface Figure {
  name: string;
  value: ComponentChildren;
}

export function Figures({ figures }: { figures: readonly Figure[] }) {
  return (
    <dl class="figures">
      {figures.map(({ name, value }, place) => (
        <div key={name} class={place === 0 ? "main-figure" : undefined}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
