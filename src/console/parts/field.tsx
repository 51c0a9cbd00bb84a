/** A field: its label above, a hint or what is wrong with it below, both tied to the input. */
import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";

export interface FieldProps {
  label: string;
  name: string;
  value: string;
  onValue: (value: string) => void;
  hint?: ComponentChildren;
  error?: string | undefined;
  type?: "text" | "password" | "url";
  inputMode?: "numeric" | "decimal" | "text";
  required?: boolean;
  placeholder?: string;
  autocomplete?: string;
  maxLength?: number;
  /** Several lines. */
  rows?: number;
  /** One of these; a pair has another text than its value. */
  options?: readonly (string | readonly [value: string, text: string])[];
}

export function Field(field: FieldProps) {
  const id = useId();
  const { label, hint, error, required } = field;
  const described = error === undefined ? (hint === undefined ? undefined : `${id}-hint`) : `${id}-error`;
  return (
    <div class="field">
      <label for={id}>
        {label}
        {required === false && <span class="soft"> (optional)</span>}
      </label>
      <Input {...field} id={id} described={described} />
      {error === undefined ? (
        hint !== undefined && (
          <p class="hint" id={`${id}-hint`}>
            {hint}
          </p>
        )
      ) : (
        <p class="error" id={`${id}-error`} role="alert">
          {error}
        </p>
      )}
    </div>
  );
}

function Input({ id, described, ...field }: FieldProps & { id: string; described: string | undefined }) {
  const { name, value, onValue, error, rows, options } = field;
  const common = {
    id,
    name,
    value,
    class: "input",
    "aria-describedby": described,
    "aria-invalid": error === undefined ? undefined : ("true" as const),
    "aria-required": field.required ? ("true" as const) : undefined,
  };
  if (options)
    return (
      <select {...common} onChange={(event) => onValue(event.currentTarget.value)}>
        {options.map((option) => {
          const [one, text] = typeof option === "string" ? [option, option] : option;
          return (
            <option key={one} value={one}>
              {text}
            </option>
          );
        })}
      </select>
    );
  const onInput = (event: { currentTarget: { value: string } }) => onValue(event.currentTarget.value);
  const limits = { placeholder: field.placeholder, maxLength: field.maxLength };
  if (rows !== undefined) return <textarea {...common} {...limits} rows={rows} onInput={onInput} />;
  return (
    <input
      {...common}
      {...limits}
      {...TYPES[field.type ?? "text"]}
      inputMode={field.inputMode}
      autoComplete={field.autocomplete ?? "off"}
      spellcheck={false}
      onInput={onInput}
    />
  );
}

const TYPES = { text: { type: "text" }, password: { type: "password" }, url: { type: "url" } } as const;

export interface CheckProps {
  label: string;
  checked: boolean;
  onChange: (checked: boolean) => void;
}

export function Check({ label, checked, onChange }: CheckProps) {
  return (
    <label class="check">
      <input type="checkbox" checked={checked} onChange={(event) => onChange(event.currentTarget.checked)} />
      {label}
    </label>
  );
}
