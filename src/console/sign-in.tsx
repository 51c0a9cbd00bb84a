/** Asks for the key, and says whose it is once the service knows it. The path stays, so that one comes to where one was going. */
import { useEffect, useRef } from "preact/hooks";
import { clientWith } from "./connection.ts";
import { FieldFault } from "./failure.ts";
import { isProblem } from "../client/problem.ts";
import { Field } from "./parts/field.tsx";
import { Form, useForm } from "./parts/form.tsx";
import { Icon } from "./parts/icon.tsx";
import { begin, isRefused } from "./session.ts";

export function SignIn() {
  const element = useRef<HTMLDivElement>(null);
  const form = useForm({
    initial: { key: "" },
    send: async ({ key }) => {
      const trimmed = key.trim();
      if (trimmed === "") throw new FieldFault("key", "Paste a key.");
      // What a header cannot carry is no key.
      if (!/^[\x21-\x7E]+$/.test(trimmed))
        throw new FieldFault("key", "This is not a key: it has letters that no key has.");
      return { key: trimmed, whose: await signedIn(trimmed) };
    },
    onDone: ({ key, whose }) => begin(key, whose),
  });
  useEffect(() => {
    document.title = "Sign in · Holdfast";
    element.current?.querySelector("input")?.focus();
  }, []);
  return (
    <div class="sign-in" ref={element}>
      <main>
        <h1 class="brand">
          <Icon name="anchor" />
          Holdfast
        </h1>
        <div class="frame">
          <Form form={form} button="Sign in" label="Sign in">
            <Field
              {...form.field("key")}
              label="Key"
              type="password"
              autocomplete="current-password"
              hint={
                isRefused.value
                  ? "The key that was used here works no longer. What you typed is kept."
                  : "It stays in this tab, and is forgotten when the tab closes."
              }
            />
          </Form>
        </div>
        <p class="soft small">
          <a href="/docs/">Reference of the API</a>
        </p>
      </main>
    </div>
  );
}

async function signedIn(key: string) {
  try {
    return await clientWith(key).keys.self();
  } catch (error) {
    if (isProblem(error, "unauthenticated"))
      throw new FieldFault("key", "The service does not know this key.");
    throw error;
  }
}
