/** Something that is shown once: it stays, whatever page one goes to in between, until the reader says that they have kept it. */
import { signal } from "@preact/signals";
import { useEffect, useId, useRef } from "preact/hooks";
import { useLeaveWarning } from "../leaving.ts";
import { say, toast } from "../saying.ts";
import { sessionNumber } from "../session.ts";
import { Button } from "./button.tsx";
import { Notice } from "./notice.tsx";

export interface Secret {
  /** What it is: a key, a secret. */
  kind: "key" | "secret";
  /** Whose. */
  of: string;
  value: string;
}

const shown = signal<{ secret: Secret; session: number } | undefined>(undefined);

/** In the page's memory alone. */
export function showOnce(secret: Secret): void {
  shown.value = { secret, session: sessionNumber.peek() };
  say(`The new ${secret.kind} is shown, this once.`);
}

/** Nothing, unless there is one of this kind. */
export function SecretOnce({ kind }: Pick<Secret, "kind">) {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const { secret, session } = shown.value ?? {};
  const isShown = secret?.kind === kind && session === sessionNumber.value;
  useLeaveWarning(isShown);
  useEffect(() => {
    if (isShown) input.current?.focus();
  }, [isShown, secret]);
  if (!isShown) return null;
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(secret.value);
      toast("Copied");
    } catch {
      input.current?.select();
      toast("The browser did not let it be copied. It is selected: copy it by hand.");
    }
  };
  return (
    <section class="secret" aria-labelledby={id}>
      <Notice kind="good" title={<span id={id}>{`The ${kind} of ${secret.of}`}</span>}>
        <p>It is shown this once, and kept nowhere here. Copy it to where it is used.</p>
        <div class="secret-line">
          <input
            ref={input}
            class="input mono"
            readOnly
            aria-labelledby={id}
            value={secret.value}
            onFocus={(event) => event.currentTarget.select()}
          />
          <Button icon="copy" onClick={() => void copy()}>
            Copy
          </Button>
          <Button kind="primary" onClick={() => (shown.value = undefined)}>
            I have kept it
          </Button>
        </div>
      </Notice>
    </section>
  );
}
