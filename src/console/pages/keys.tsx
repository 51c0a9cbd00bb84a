/** Keys: whose they are, what they may do, and when they were last used. A new one is shown once. */
import { useLocation } from "preact-iso";
import { useState } from "preact/hooks";
import type { ManagedKey } from "../../client/wire-operation.ts";
import { holdfast } from "../connection.ts";
import { itemsOf } from "../every-page.ts";
import { shownClock, shownDay, shownNumber } from "../format.ts";
import { Button } from "../parts/button.tsx";
import { Listing } from "../parts/listing.tsx";
import { Notice } from "../parts/notice.tsx";
import { Page } from "../parts/page.tsx";
import { SecretOnce } from "../parts/secret.tsx";
import { SidePanel } from "../parts/side-panel.tsx";
import { State } from "../parts/state.tsx";
import { Empty, type Column } from "../parts/table.tsx";
import { Age } from "../parts/time.tsx";
import { useResource } from "../resource.ts";
import { lacks, self } from "../session.ts";
import { NewKey, RotateKey } from "./keys-forms.tsx";
import { RevokeKey } from "./keys-revoke.tsx";

const PATH = "/console/keys";
const COLUMNS: readonly Column[] = [
  { text: "Key" },
  { text: "May" },
  { text: "Last used", class: "number wide" },
  { text: "Actions", class: "actions", isHidden: true },
];

export function KeysPage() {
  const { query, route } = useLocation();
  const [revoking, setRevoking] = useState<ManagedKey>();
  const keys = useResource("keys list", (signal) => itemsOf(holdfast.keys.list({ limit: 100 }, { signal })));
  const { rotate } = query;
  const close = () => route(PATH);
  const put = (key: ManagedKey) => {
    keys.put((shown = []) => {
      const isKnown = shown.some(({ keyId }) => keyId === key.keyId);
      return isKnown ? shown.map((one) => (one.keyId === key.keyId ? key : one)) : [...shown, key];
    });
    close();
  };
  const rotated = keys.data?.find(({ keyId }) => keyId === rotate);
  const working = keys.data?.filter(({ status }) => status === "active").length;
  return (
    <Page
      title="Keys"
      count={
        working === undefined ? undefined : `${shownNumber(working)} that ${working === 1 ? "works" : "work"}`
      }
      end={
        <Button icon="key-round" onClick={() => route(`${PATH}?new`)}>
          New key
        </Button>
      }
    >
      <SecretOnce kind="key" />
      <div class="with-panel set-up">
        <Listing
          caption="Keys"
          kind="small two-lines"
          columns={COLUMNS}
          of={keys}
          row={(key) => <Row key={key.keyId} of={key} onRevoke={() => setRevoking(key)} />}
          empty={
            <Empty>
              No key was made here yet. A key says who may do what: one for the shop, one for each member of
              staff.
            </Empty>
          }
        />
        <SidePanel
          title={rotate === undefined ? "New key" : "Rotate key"}
          chosen={rotate ?? ("new" in query ? "new" : undefined)}
          onClose={close}
        >
          {rotate === undefined ? (
            <NewKey onDone={put} />
          ) : (
            <Rotation of={rotated} keys={keys.data} onDone={put} />
          )}
        </SidePanel>
      </div>
      {revoking && (
        <RevokeKey
          of={revoking}
          onClose={() => setRevoking(undefined)}
          onDone={() => {
            setRevoking(undefined);
            keys.reload();
          }}
        />
      )}
    </Page>
  );
}

interface RotationProps {
  of: ManagedKey | undefined;
  keys: readonly ManagedKey[] | undefined;
  onDone: (key: ManagedKey) => void;
}

function Rotation({ of: key, keys, onDone }: RotationProps) {
  if (!keys) return null;
  if (key?.status === "active") return <RotateKey key={key.keyId} of={key} onDone={onDone} />;
  return (
    <Notice kind="warn" title="This key works no longer">
      <p>Only one that works can be rotated.</p>
    </Notice>
  );
}

function Row({ of: key, onRevoke }: { of: ManagedKey; onRevoke: () => void }) {
  const { keyId, name, scopes, origins, status, lastUsedAt, expiresAt, olderWorksUntil } = key;
  const works = status === "active";
  const mayNot = lacks("admin");
  return (
    <tr>
      <th scope="row">
        <div class="named">
          <span class="names">
            <span class="key-name">{name}</span>
            <span class="soft small">
              <code>{keyId}</code>
              {keyId === self.value?.keyId && " · in use here"}
              {works && expiresAt !== null && ` · until ${shownDate(expiresAt)}`}
              {works && olderWorksUntil !== null && ` · as it was until ${shownDate(olderWorksUntil)}`}
            </span>
          </span>
        </div>
      </th>
      <td class="whole">
        {works ? (
          <span class="scopes">
            {scopes.map((scope) => (
              <code key={scope}>{scope}</code>
            ))}
            {origins && <span class="soft small origins">from {origins.map(hostOf).join(", ")}</span>}
          </span>
        ) : (
          <State shape="dash">{status === "revoked" ? "Revoked" : "Expired"}</State>
        )}
      </td>
      <td class="number wide soft">{lastUsedAt === null ? "never" : <Age at={lastUsedAt} />}</td>
      <td class="actions">
        {works && (
          <span class="buttons">
            <a class="button quiet compact" href={`${PATH}?rotate=${encodeURIComponent(keyId)}`}>
              Rotate<span class="sr"> {name}</span>
            </a>
            <Button size="compact" kind="quiet" disabled={mayNot} onClick={onRevoke}>
              Revoke<span class="sr"> {name}</span>
            </Button>
          </span>
        )}
      </td>
    </tr>
  );
}

function hostOf(origin: string): string {
  return origin.replace(/^https:\/\//, "");
}

function shownDate(at: string): string {
  const atMs = Date.parse(at);
  const isToday = new Date(atMs).toDateString() === new Date().toDateString();
  return isToday ? shownClock(atMs) : shownDay(atMs);
}
