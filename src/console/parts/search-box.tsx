/** A box that narrows what the page shows as one types. `/` leads to it, Esc clears it and then leaves it. */
import { useEffect, useId, useRef, useState } from "preact/hooks";
import type { IconName } from "../icons.ts";
import { useKeys } from "../keyboard.ts";
import { Icon } from "./icon.tsx";

const SEARCH_AFTER_MS = 150;

export interface SearchBoxProps {
  label: string;
  placeholder: string;
  words: string;
  onWords: (words: string) => void;
  /** At each letter. */
  onTyped?: (text: string) => void;
  icon?: IconName;
  /** Words to choose from, while one types. */
  known?: readonly string[];
}

export function SearchBox({ label, placeholder, words, onWords, ...more }: SearchBoxProps) {
  const { onTyped, icon = "search", known } = more;
  const input = useRef<HTMLInputElement>(null);
  const [typed, setTyped] = useState(words);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const id = useId();
  // Another page of the history, or "Clear search"; not what was searched for before the letters that came since.
  useEffect(() => {
    if (timer.current === undefined) setTyped(words);
  }, [words]);
  useEffect(() => () => clearTimeout(timer.current), []);
  useKeys({ "/": () => input.current?.select() });
  const type = (text: string) => {
    setTyped(text);
    onTyped?.(text);
    clearTimeout(timer.current);
    const { pathname } = location;
    // Who has gone on to another page meanwhile is not fetched back; this one stays until that one is loaded.
    const search = () => {
      timer.current = undefined;
      if (location.pathname === pathname) onWords(text);
    };
    timer.current = setTimeout(search, text === "" ? 0 : SEARCH_AFTER_MS);
  };
  return (
    <search class="search">
      <Icon name={icon} />
      <input
        ref={input}
        class="input"
        type="text"
        inputMode="search"
        enterkeyhint="search"
        aria-label={label}
        placeholder={placeholder}
        autoComplete="off"
        spellcheck={false}
        value={typed}
        list={known && id}
        onInput={(event) => type(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== "Escape") return;
          if (typed === "") event.currentTarget.blur();
          else type("");
        }}
      />
      <kbd aria-hidden="true">/</kbd>
      {known && (
        <datalist id={id}>
          {known.map((one) => (
            <option key={one} value={one} />
          ))}
        </datalist>
      )}
    </search>
  );
}
