/** An icon of the sprite, beside a word that says the same. */
import type { IconName } from "../icons.ts";

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" aria-hidden="true">
      <use href={`${SPRITE_URL}#${name}`} />
    </svg>
  );
}
