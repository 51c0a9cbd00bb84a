/** Says that rows are no longer in order, and puts them in order when asked to. */
import { shownCount } from "../format.ts";
import type { Settled } from "../settled.ts";
import { Button } from "./button.tsx";

export function Resort({ settled: { moved, sort } }: { settled: Pick<Settled<unknown>, "moved" | "sort"> }) {
  return (
    <p class="resort" hidden={moved === 0}>
      {shownCount(moved, "row")} changed place
      <Button size="compact" icon="arrow-up-down" onClick={sort}>
        Sort again
      </Button>
    </p>
  );
}
