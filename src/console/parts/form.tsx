/**
 * A form that sends one change. Its idempotency key is kept until the service has answered or what is sent is another thing,
 * so that a second press, or a press after a broken connection, changes nothing twice. Nothing that was typed is cleared by
 * an error.
 */
import type { ComponentChildren } from "preact";
import { useCallback, useLayoutEffect, useRef, useState } from "preact/hooks";
import { lacks } from "../session.ts";
import type { Scope } from "../../client/wire-operation.ts";
import { shownNumber } from "../format.ts";
import { failureOf, FieldFault, type Failure } from "../failure.ts";
import { isUnauthenticated } from "../connection.ts";
import { Button } from "./button.tsx";
import type { FieldProps } from "./field.tsx";
import { FailureNotice, Notice } from "./notice.tsx";

type Values = Record<string, string>;

export interface FormOptions<V extends Values, A> {
  initial: V;
  /** Throws what the client throws, or a `FieldFault`. */
  send: (values: V, options: { idempotencyKey: string }) => Promise<A>;
  onDone: (answer: A, values: V) => void;
  /** What of the values stays after it was done; none: all are emptied. */
  keep?: readonly (keyof V)[];
}

export interface FormState<V extends Values> {
  values: V;
  set(name: keyof V, value: string): void;
  field(name: keyof V & string): Pick<FieldProps, "name" | "value" | "onValue" | "error">;
  submit(): Promise<void>;
  /** What went wrong is no longer said. */
  forgive(): void;
  /** Begins again from these. */
  reset(values: V): void;
  isSending: boolean;
  failure: Failure | undefined;
}

export function useForm<V extends Values, A>(options: FormOptions<V, A>): FormState<V> {
  const { initial, send, onDone, keep = [] } = options;
  const [values, setValues] = useState(initial);
  const [failure, setFailure] = useState<Failure>();
  const [isSending, setSending] = useState(false);
  const sent = useRef<{ content: string; key: string } | undefined>(undefined);
  const submit = async () => {
    if (isSending) return;
    const content = JSON.stringify(values);
    if (sent.current?.content !== content) sent.current = { content, key: crypto.randomUUID() };
    setSending(true);
    try {
      const answer = await send(values, { idempotencyKey: sent.current.key });
      sent.current = undefined;
      setFailure(undefined);
      const kept = Object.entries(values).filter(([name]) => keep.includes(name));
      setValues({ ...initial, ...Object.fromEntries(kept) });
      onDone(answer, values);
    } catch (error) {
      const failed = failureOf(error);
      // A refusal is an answer; only what may have arrived unheard is sent under the same key again.
      if (!failed.isUnsent) sent.current = undefined;
      setFailure(isUnauthenticated(error) ? undefined : failed);
    } finally {
      setSending(false);
    }
  };
  const set = useCallback((name: keyof V, value: string) => {
    setValues((before) => ({ ...before, [name]: value }));
    setFailure((before) => before && without(before, String(name)));
  }, []);
  return {
    values,
    set,
    field: (name) => ({
      name,
      value: values[name] ?? "",
      onValue: (value) => set(name, value),
      error: failure?.fields[name],
    }),
    submit,
    forgive: () => setFailure(undefined),
    reset: setValues,
    isSending,
    failure,
  };
}

/** What was wrong with a field is not said any longer once it is another. */
function without(failure: Failure, name: string): Failure | undefined {
  const { [name]: _, ...fields } = failure.fields;
  return { ...failure, fields };
}

export interface FormProps<V extends Values> {
  form: FormState<V>;
  /** A verb. */
  button: string;
  children: ComponentChildren;
  /** Without it the form says so instead of being refused. */
  scope?: Scope;
  label: string;
  /** Of a form that says which version it was filled in by: takes the newest one for it. Nothing is sent. */
  onNewNumbers?: () => void;
}

export function Form<V extends Values>(props: FormProps<V>) {
  const { form, button, children, scope, label, onNewNumbers } = props;
  const element = useRef<HTMLFormElement>(null);
  const { failure } = form;
  useLayoutEffect(() => {
    const wrong = element.current?.querySelector<HTMLElement>('[aria-invalid="true"]');
    if (wrong) wrong.focus();
    else element.current?.querySelector('[role="alert"]')?.scrollIntoView({ block: "nearest" });
  }, [failure && `${failure.title} ${Object.keys(failure.fields).join()}`]);
  const isMissing = scope !== undefined && lacks(scope);
  const conflict = onNewNumbers && failure?.conflict;
  const loose =
    failure && !conflict && failure.title !== "" && (failure.text !== "" || isUnplaced(failure, form.values));
  return (
    <form
      ref={element}
      class="form"
      noValidate
      aria-label={label}
      onSubmit={(event) => {
        event.preventDefault();
        void form.submit();
      }}
    >
      {children}
      {isMissing && (
        <Notice kind="warn" title="This key may not do that">
          <p>
            It needs the scope <code>{scope}</code>.
          </p>
        </Notice>
      )}
      {conflict && <Conflict conflict={conflict} onUse={onNewNumbers} />}
      {loose && (
        <FailureNotice failure={failure}>
          {unplaced(failure, form.values).map(([name, message]) => (
            <p key={name}>
              <code>{name}</code>: {message}
            </p>
          ))}
        </FailureNotice>
      )}
      <Button kind="primary" type="submit" size="wide-button" busy={form.isSending} disabled={isMissing}>
        {button}
      </Button>
    </form>
  );
}

interface ConflictProps {
  conflict: { expected: number; current: number };
  onUse: () => void;
}

function Conflict({ conflict: { expected, current }, onUse }: ConflictProps) {
  return (
    <Notice kind="warn" title="It has changed meanwhile" isAlert>
      <p>
        This was filled in at version {shownNumber(expected)}; it is at {shownNumber(current)} now. Look at
        what is there before you send it.
      </p>
      <Button size="compact" onClick={onUse}>
        Use the new numbers
      </Button>
    </Notice>
  );
}

/** Faults of fields that this form has no input for. */
function unplaced(failure: Failure, values: Values): [string, string][] {
  return Object.entries(failure.fields).filter(([name]) => !(name in values));
}

function isUnplaced(failure: Failure, values: Values): boolean {
  return unplaced(failure, values).length > 0;
}

/** Throws a fault of this field when it is no whole number. */
export function wholeNumber(field: string, text: string): number {
  const value = Number(text.replaceAll(/[\s,]/g, "").replace("\u2212", "-"));
  if (text.trim() === "" || !Number.isSafeInteger(value))
    throw new FieldFault(field, "Write a whole number.");
  return value;
}
