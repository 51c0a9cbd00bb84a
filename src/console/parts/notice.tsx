/** What happened, why, and what to do. */
import type { ComponentChildren } from "preact";
import { isProblem } from "../../client/problem.ts";
import type { Failure } from "../failure.ts";
import { failureOf } from "../failure.ts";
import { Button } from "./button.tsx";

export interface NoticeProps {
  kind?: "plain" | "good" | "warn" | "bad";
  title?: ComponentChildren;
  children?: ComponentChildren;
  /** It is said to those who cannot see it as soon as it appears. */
  isAlert?: boolean;
}

export function Notice({ kind = "plain", title, children, isAlert }: NoticeProps) {
  return (
    <div class={`notice ${kind}`} role={isAlert ? "alert" : undefined}>
      {title !== undefined && <strong>{title}</strong>}
      {children}
    </div>
  );
}

export function FailureNotice({ failure, children }: { failure: Failure; children?: ComponentChildren }) {
  return (
    <Notice kind={failure.isUnsent ? "warn" : "bad"} title={failure.title} isAlert>
      {failure.text !== "" && <p>{failure.text}</p>}
      {children}
      {failure.requestId !== undefined && (
        <details>
          <summary>Details</summary>
          Request <code>{failure.requestId}</code>
        </details>
      )}
    </Notice>
  );
}

/** Of something that was pressed, until it is dismissed. */
export function PressFailure({
  failure,
  onDismiss,
}: {
  failure: Failure | undefined;
  onDismiss: () => void;
}) {
  if (!failure) return null;
  return (
    <FailureNotice failure={failure}>
      <Button size="compact" onClick={onDismiss}>
        Dismiss
      </Button>
    </FailureNotice>
  );
}

/** Where data should be that did not come. */
export function LoadFailure({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  if (isProblem(error, "forbidden"))
    return (
      <Notice kind="warn" title="This key may not see this">
        <p>{error.problem.detail}</p>
      </Notice>
    );
  const failure = failureOf(error);
  const text = failure.isUnsent
    ? "It was asked several times. Anything shown here may be old."
    : failure.text;
  return (
    <FailureNotice failure={{ ...failure, text, isUnsent: false }}>
      <Button size="compact" onClick={onRetry}>
        Try again
      </Button>
    </FailureNotice>
  );
}
