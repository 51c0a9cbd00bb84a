/** Ctrl K: pages, products by name or id, and what can be done on the page that is open. */
import { signal } from "@preact/signals";
import { useLocation } from "preact-iso";
import { useEffect, useId, useLayoutEffect, useRef, useState } from "preact/hooks";
import { holdfast, isAbort } from "../connection.ts";
import { productPath } from "../navigation.ts";
import { PAGES } from "../pages.ts";

export interface Action {
  text: string;
  /** Where it comes from: Page, Product, the open product's name. */
  from: string;
  run: () => void;
}

/** Of the page that is open. */
export const pageActions = signal<readonly Action[]>([]);

/** While the page is shown. */
export function usePageActions(actions: readonly Action[], key: string): void {
  useEffect(() => {
    pageActions.value = actions;
    return () => {
      pageActions.value = [];
    };
  }, [key]);
}

const SEARCH_AFTER_MS = 150;
const MAX_PRODUCTS = 8;

export function Palette({ onClose }: { onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [words, setWords] = useState("");
  const [at, setAt] = useState(0);
  const id = useId();
  const { route } = useLocation();
  const products = useProducts(words, route);
  // Before anything else can be typed: that would be lost, or be taken for a key of the page.
  useLayoutEffect(() => dialog.current?.showModal(), []);
  const pages = PAGES.map(({ title, path }) => ({ text: title, from: "Page", run: () => route(path) }));
  const known = [...pageActions.value, ...pages].filter(({ text }) =>
    text.toLowerCase().includes(words.trim().toLowerCase()),
  );
  const choices: Action[] = [...known, ...products];
  const chosen = Math.min(at, choices.length - 1);
  const run = (choice: Action | undefined) => {
    if (!choice) return;
    onClose();
    choice.run();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined && choices.length > 0) {
      event.preventDefault();
      setAt((chosen + step + choices.length) % choices.length);
    }
    if (event.key === "Enter") {
      event.preventDefault();
      run(choices[chosen]);
    }
  };
  return (
    <dialog
      ref={dialog}
      class="dialog palette"
      aria-label="Go to"
      // As in Dialog.
      onCancel={onClose}
      onClose={() => dialog.current && onClose()}
      onClick={(event) => event.target === dialog.current && onClose()}
    >
      <input
        class="input"
        type="text"
        role="combobox"
        aria-expanded="true"
        aria-controls={`${id}-list`}
        aria-activedescendant={choices.length > 0 ? `${id}-${chosen}` : undefined}
        aria-label="Page, product or action"
        placeholder="Page, product or action"
        value={words}
        onInput={(event) => {
          setWords(event.currentTarget.value);
          setAt(0);
        }}
        onKeyDown={onKeyDown}
      />
      <Choices id={id} choices={choices} chosen={chosen} onPoint={setAt} onRun={run} />
      {choices.length === 0 && <p class="empty">Nothing has these letters.</p>}
    </dialog>
  );
}

interface ChoicesProps {
  id: string;
  choices: readonly Action[];
  chosen: number;
  onPoint: (place: number) => void;
  onRun: (choice: Action) => void;
}

function Choices({ id, choices, chosen, onPoint, onRun }: ChoicesProps) {
  return (
    <ul id={`${id}-list`} role="listbox" aria-label="Choices">
      {choices.map((choice, place) => (
        <li
          key={`${choice.from} ${choice.text}`}
          id={`${id}-${place}`}
          role="option"
          aria-selected={place === chosen ? "true" : "false"}
          onPointerMove={() => onPoint(place)}
          onClick={() => onRun(choice)}
        >
          {choice.text}
          <span class="soft">{choice.from}</span>
        </li>
      ))}
    </ul>
  );
}

function useProducts(words: string, route: (path: string) => void): Action[] {
  const [found, setFound] = useState<Action[]>([]);
  const q = words.trim();
  useEffect(() => {
    if (q.length < 2) return setFound([]);
    const end = new AbortController();
    const timer = setTimeout(async () => {
      try {
        const { items } = await holdfast.products.list({ q, limit: MAX_PRODUCTS }, { signal: end.signal });
        setFound(
          items.map(({ productId, name }) => ({
            text: name,
            from: productId,
            run: () => route(productPath(productId)),
          })),
        );
      } catch (error) {
        // The rest of the palette works without.
        if (!isAbort(error)) setFound([]);
      }
    }, SEARCH_AFTER_MS);
    return () => {
      clearTimeout(timer);
      end.abort();
    };
  }, [q]);
  return found;
}
