/** Asks whether a key is to work no longer: it names the key, and what will be refused. */
import { useState } from "preact/hooks";
import type { ManagedKey } from "../../client/wire-operation.ts";
import { holdfast } from "../connection.ts";
import type { Failure } from "../failure.ts";
import { Confirm } from "../parts/dialog.tsx";
import { FailureNotice, Notice } from "../parts/notice.tsx";
import { Ago } from "../parts/time.tsx";
import { usePressing } from "../pressing.ts";
import { toast } from "../saying.ts";
import { self } from "../session.ts";

interface RevokeProps {
  of: ManagedKey;
  onClose: () => void;
  onDone: () => void;
}

export function RevokeKey({ of: { keyId, name, scopes, lastUsedAt }, onClose, onDone }: RevokeProps) {
  const { busy, press } = usePressing();
  const [failure, setFailure] = useState<Failure>();
  const revoke = () =>
    press("revoke", {
      send: (options) => holdfast.keys.revoke(keyId, options),
      onDone: () => {
        toast(`${name} works no longer`);
        onDone();
      },
      onFailure: setFailure,
    });
  return (
    <Confirm
      title={`Revoke ${name}`}
      button="Revoke key"
      keep="Keep key"
      busy={busy !== undefined}
      onConfirm={() => void revoke()}
      onClose={onClose}
    >
      <p>
        Whoever uses <code>{keyId}</code> is refused within half a minute, for good. It may do{" "}
        {scopes.length === 1 ? "one thing" : `${scopes.length} things`}: {scopes.join(", ")}.
      </p>
      <p>
        {lastUsedAt === null ? (
          "It was never used."
        ) : (
          <>
            It was last used <Ago at={lastUsedAt} />.
          </>
        )}
      </p>
      {keyId === self.value?.keyId && (
        <Notice kind="warn" title="You are signed in with it">
          <p>You will be asked for another one.</p>
        </Notice>
      )}
      {failure && <FailureNotice failure={failure} />}
    </Confirm>
  );
}
