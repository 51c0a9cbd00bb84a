/** One more page of a list, below it. */
import { useState } from "preact/hooks";
import { failureOf } from "../failure.ts";
import { toast } from "../saying.ts";
import { Button } from "./button.tsx";

interface LoadMoreProps<T> {
  load: () => Promise<T>;
  onLoaded: (more: T) => void;
  /** Unless it is a hundred rows. */
  text?: string;
}

export function LoadMore<T>({ load, onLoaded, text = "Load 100 more" }: LoadMoreProps<T>) {
  const [isBusy, setBusy] = useState(false);
  const more = async () => {
    setBusy(true);
    try {
      onLoaded(await load());
    } catch (error) {
      const { title, text: why } = failureOf(error);
      toast(`Not loaded. ${title}: ${why}`);
    } finally {
      setBusy(false);
    }
  };
  return (
    <p class="load-more">
      <Button busy={isBusy} onClick={() => void more()}>
        {text}
      </Button>
    </p>
  );
}
