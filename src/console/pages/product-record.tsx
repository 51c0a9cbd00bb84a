/** The raw record, and whether the book agrees with the product's own object. */
import { useState } from "preact/hooks";
import type { Verification } from "../../client/wire-operation.ts";
import { useAsking } from "../asking.ts";
import { holdfast } from "../connection.ts";
import { shownCount } from "../format.ts";
import { Button } from "../parts/button.tsx";
import { FailureNotice, Notice } from "../parts/notice.tsx";
import type { Opened } from "./product-state.ts";

export function RecordSection({ opened: { product, stock } }: { opened: Opened }) {
  const [isOpen, setOpen] = useState(false);
  const [verified, setVerified] = useState<Verification>();
  const { isBusy, failure, ask } = useAsking();
  const verify = () => ask(async () => setVerified(await holdfast.admin.verify(product.productId)));
  return (
    <section class="section" aria-labelledby="record">
      <div class="section-head">
        <h2 id="record">Record</h2>
        <div class="end">
          <Button
            size="compact"
            busy={isBusy}
            title="Compares the product, its events and the book"
            onClick={() => void verify()}
          >
            Verify
          </Button>
          <Button size="compact" kind="quiet" onClick={() => setOpen(!isOpen)}>
            {isOpen ? "Hide JSON" : "Show JSON"}
          </Button>
        </div>
      </div>
      <div role="status">{verified && <Verified verification={verified} />}</div>
      {failure && <FailureNotice failure={failure} />}
      {isOpen && (
        <pre class="frame raw" tabIndex={0} role="region" aria-label="The product and its stock as JSON">
          {JSON.stringify(stock ? { product, stock } : { product }, undefined, 2)}
        </pre>
      )}
    </section>
  );
}

function Verified({ verification }: { verification: Verification }) {
  const { events, differenceCount, differences, version, bookVersion, complete } = verification;
  const replayed = `${shownCount(events, "event")} replayed, version ${version}${complete ? "" : ", not from the beginning"}.`;
  if (differenceCount === 0)
    return (
      <Notice kind="good" title="No differences">
        <p>
          {replayed}
          {bookVersion !== version && ` The book is at version ${bookVersion ?? 0}, and follows.`}
        </p>
      </Notice>
    );
  return (
    <Notice kind="bad" title={shownCount(differenceCount, "difference")}>
      <p>{replayed}</p>
      <ul>
        {differences.map((difference) => (
          <li key={JSON.stringify(difference)}>
            <code>{JSON.stringify(difference)}</code>
          </li>
        ))}
      </ul>
    </Notice>
  );
}
