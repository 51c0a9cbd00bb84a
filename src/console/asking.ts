/** What one press of a button asks for and shows. It changes nothing, so it may be asked again as it is. */
import { useState } from "preact/hooks";
import { failureOf, type Failure } from "./failure.ts";

export interface Asking {
  isBusy: boolean;
  /** Of the newest attempt. */
  failure: Failure | undefined;
  ask(work: () => Promise<void>): Promise<void>;
}

export function useAsking(): Asking {
  const [isBusy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure>();
  return {
    isBusy,
    failure,
    ask: async (work) => {
      setBusy(true);
      try {
        await work();
        setFailure(undefined);
      } catch (error) {
        setFailure(failureOf(error));
      } finally {
        setBusy(false);
      }
    },
  };
}
