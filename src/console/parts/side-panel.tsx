/**
 * A form beside a list: it always stands there where there is room; else it rises as a sheet when it is chosen. What is chosen
 * stands in the address, so that "back" closes it.
 */
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { ComponentChildren } from "preact";
import { Button } from "./button.tsx";
import { Dialog } from "./dialog.tsx";

/** The side bar, the page's edges and the 60rem of content from which on layout.css puts a panel beside it. */
const ROOMY = matchMedia("(width >= 78.5rem)");

export interface SidePanelProps {
  title: string;
  /** What it is of: another one takes the focus. None: what stands there by itself. */
  chosen?: string | undefined;
  onClose: () => void;
  children: ComponentChildren;
}

export function SidePanel({ title, chosen, onClose, children }: SidePanelProps) {
  const [isRoomy, setRoomy] = useState(ROOMY.matches);
  useEffect(() => {
    const note = () => setRoomy(ROOMY.matches);
    ROOMY.addEventListener("change", note);
    return () => ROOMY.removeEventListener("change", note);
  }, []);
  const before = useRef(chosen);
  // At once: whoever is in another field a moment later must not be fetched back.
  useLayoutEffect(() => {
    // A page that is opened with it leaves the focus where the browser has it.
    if (before.current === chosen) return;
    before.current = chosen;
    if (chosen !== undefined) document.querySelector<HTMLElement>(FIRST_FIELD)?.focus();
  }, [chosen]);
  const isSheet = chosen !== undefined && !isRoomy;
  return (
    <>
      <aside class="panel frame" aria-label={title}>
        <div class="panel-head">
          <h2>{title}</h2>
          {chosen !== undefined && (
            <Button kind="quiet" icon="x" iconOnly onClick={onClose}>
              Close
            </Button>
          )}
        </div>
        <div class="panel-body">{!isSheet && children}</div>
      </aside>
      {isSheet && (
        <Dialog title={title} isSheet onClose={onClose}>
          {children}
        </Dialog>
      )}
    </>
  );
}

const FIRST_FIELD = ":is(.panel, dialog) form :is(.input, button)";
