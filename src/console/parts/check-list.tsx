/** Several of a few, as boxes. Its value is their names, divided by spaces, so that a form keeps it as it keeps a text. */
import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";

export interface CheckListProps {
  label: string;
  name: string;
  value: string;
  onValue: (value: string) => void;
  hint?: ComponentChildren;
  error?: string | undefined;
  options: readonly (readonly [value: string, text: string])[];
}

export function namesIn(value: string): string[] {
  return value.split(" ").filter((name) => name !== "");
}

export function CheckList({ label, name, value, onValue, hint, error, options }: CheckListProps) {
  const id = useId();
  const chosen = new Set(namesIn(value));
  const toggle = (one: string, isOn: boolean) => {
    const after = options
      .map(([known]) => known)
      .filter((known) => (known === one ? isOn : chosen.has(known)));
    onValue(after.join(" "));
  };
  const said = error === undefined ? hint : error;
  return (
    <fieldset class="field check-list" aria-describedby={said === undefined ? undefined : id}>
      <legend>{label}</legend>
      {options.map(([one, text]) => (
        <label key={one} class="check">
          <input
            type="checkbox"
            name={name}
            checked={chosen.has(one)}
            onChange={(event) => toggle(one, event.currentTarget.checked)}
          />
          <span>
            <code>{one}</code>
            {text !== "" && <span class="soft"> {text}</span>}
          </span>
        </label>
      ))}
      {said !== undefined && (
        <p
          id={id}
          class={error === undefined ? "hint" : "error"}
          role={error === undefined ? undefined : "alert"}
        >
          {said}
        </p>
      )}
    </fieldset>
  );
}
