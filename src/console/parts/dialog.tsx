/** A native dialog: the page behind it is out of reach, Esc closes it, and the focus goes back to where it was. */
import type { ComponentChildren } from "preact";
import { useId, useLayoutEffect, useRef } from "preact/hooks";
import { Button } from "./button.tsx";

export interface DialogProps {
  title: string;
  onClose: () => void;
  children: ComponentChildren;
  /** A form that rises from below on a phone. */
  isSheet?: boolean;
}

export function Dialog({ title, onClose, children, isSheet }: DialogProps) {
  const element = useRef<HTMLDialogElement>(null);
  const id = useId();
  // Before anything else can be typed: that would be lost, or be taken for a key of the page.
  useLayoutEffect(() => {
    element.current?.showModal();
    // Whoever opens a form wants to fill it in.
    const inputs = element.current?.querySelectorAll<HTMLElement>(
      ".dialog-body form :is(input, select, textarea)",
    );
    [...(inputs ?? [])].find((input) => input.checkVisibility())?.focus();
    return () => element.current?.close();
  }, []);
  return (
    <dialog
      ref={element}
      class={isSheet ? "dialog sheet" : "dialog"}
      aria-labelledby={id}
      // Esc: at once, since the event of closing comes later, when another dialog may have been asked for.
      onCancel={onClose}
      onClose={() => element.current && onClose()}
      onClick={(event) => {
        // What was typed in a form is not lost by a slip.
        if (event.target === element.current && isSheet !== true) onClose();
      }}
    >
      <div class="dialog-head">
        <h2 id={id}>{title}</h2>
        <Button kind="quiet" icon="x" iconOnly onClick={onClose}>
          Close
        </Button>
      </div>
      <div class="dialog-body">{children}</div>
    </dialog>
  );
}

export interface ConfirmProps {
  /** Names the thing and its numbers. */
  title: string;
  children: ComponentChildren;
  /** The verb. */
  button: string;
  /** Of leaving it as it is. */
  keep?: string;
  busy?: boolean;
  onConfirm: () => void;
  onClose: () => void;
}

/** For what cannot be taken back, and for nothing else. */
export function Confirm({
  title,
  children,
  button,
  keep = "Cancel",
  busy,
  onConfirm,
  onClose,
}: ConfirmProps) {
  return (
    <Dialog title={title} onClose={onClose}>
      {children}
      <div class="dialog-foot">
        <Button onClick={onClose}>{keep}</Button>
        <Button kind="danger" busy={busy === true} onClick={onConfirm}>
          {button}
        </Button>
      </div>
    </Dialog>
  );
}
