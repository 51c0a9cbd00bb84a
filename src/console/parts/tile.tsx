/** The picture of a product, through this host; where there is none, two letters. */
import { useEffect, useRef, useState } from "preact/hooks";
import { initials } from "../format.ts";
import { hasFailed, whenItsTurn } from "../pictures.ts";

export interface TileProps {
  productId: string;
  /** Whose letters stand in for it: the theme's, so that like things look alike. */
  name: string;
  hasPicture: boolean;
  large?: boolean;
}

type State = "letters" | "loading" | "shown";

export function Tile({ productId, name, hasPicture, large }: TileProps) {
  const [state, setState] = useState<State>("letters");
  const tile = useRef<HTMLSpanElement>(null);
  const end = useRef<ReturnType<typeof whenItsTurn> | undefined>(undefined);
  useEffect(() => {
    setState("letters");
    if (!hasPicture || hasFailed(productId) || !tile.current) return;
    const seen = new IntersectionObserver(([entry]) => {
      if (!entry?.isIntersecting) return;
      seen.disconnect();
      end.current = whenItsTurn(productId, () => setState("loading"));
    });
    seen.observe(tile.current);
    return () => {
      seen.disconnect();
      end.current?.();
      end.current = undefined;
    };
  }, [productId, hasPicture]);
  const over = (outcome?: "failed") => {
    end.current?.(outcome);
    end.current = undefined;
    setState(outcome === "failed" ? "letters" : "shown");
  };
  return (
    <span ref={tile} class={large ? "tile large" : "tile"} aria-hidden="true">
      {state !== "shown" && initials(name)}
      {state !== "letters" && (
        <img
          class={state}
          src={`/console/pictures/${encodeURIComponent(productId)}`}
          alt=""
          decoding="async"
          onLoad={() => over()}
          onError={() => over("failed")}
        />
      )}
    </span>
  );
}
