/** A button for what is not easily made good again, where a dialog would be too much: it is pressed, and then meant. */
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { Button } from "./button.tsx";

export interface SureProps {
  /** The verb, and of what. */
  button: string;
  /** What will be lost. */
  children: ComponentChildren;
  busy: boolean;
  disabled?: boolean;
  onSure: () => void;
}

export function Sure({ button, children, busy, disabled, onSure }: SureProps) {
  const [isAsked, setAsked] = useState(false);
  const element = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (isAsked) element.current?.focus();
  }, [isAsked]);
  if (!isAsked)
    return (
      <Button kind="quiet" disabled={disabled === true} onClick={() => setAsked(true)}>
        {button}
      </Button>
    );
  return (
    <div ref={element} class="notice warn" role="group" aria-label={button} tabIndex={-1}>
      {children}
      <div class="buttons">
        <Button size="compact" onClick={() => setAsked(false)}>
          Keep it
        </Button>
        <Button size="compact" kind="danger" busy={busy} onClick={onSure}>
          {button}
        </Button>
      </div>
    </div>
  );
}
