/** The picture of a product, through this host; where there is none, two letters. */
import { useState } from "preact/hooks";
import { initials } from "../format.ts";

export interface TileProps {
  productId: string;
  /** Whose letters stand in for it: the theme's, so that like things look alike. */
  name: string;
  hasPicture: boolean;
  large?: boolean;
}

export function Tile({ productId, name, hasPicture, large }: TileProps) {
  const [failed, setFailed] = useState<string>();
  const shows = hasPicture && failed !== productId;
  return (
    <span class={large ? "tile large" : "tile"} aria-hidden="true">
      {shows ? (
        <img
          src={`/console/pictures/${encodeURIComponent(productId)}`}
          alt=""
          loading="lazy"
          decoding="async"
          onError={() => setFailed(productId)}
        />
      ) : (
        initials(name)
      )}
    </span>
  );
}
