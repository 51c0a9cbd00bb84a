/** Whether products, their events and the book agree: what the service found by itself, and a page by hand. */
import { useState } from "preact/hooks";
import type { Verification, VerificationPage } from "../../client/wire-operation.ts";
import { useAsking } from "../asking.ts";
import { holdfast } from "../connection.ts";
import { shownCount, shownNumber } from "../format.ts";
import { sumOf, type Metrics } from "../metrics.ts";
import { productPath } from "../navigation.ts";
import { Button } from "../parts/button.tsx";
import { Figures } from "../parts/figures.tsx";
import { FailureNotice, Notice } from "../parts/notice.tsx";
import { Table, type Column } from "../parts/table.tsx";
import { lacks } from "../session.ts";

/** What was verified by hand since the page was opened. */
interface Found {
  checked: number;
  differing: readonly Verification[];
  nextCursor: string | null;
}

const PAGE_SIZE = 25;
const COLUMNS: readonly Column[] = [
  { text: "Product" },
  { text: "Version", class: "number" },
  { text: "In the book", class: "number" },
  { text: "What differs" },
];

export function Verifier({ metrics }: { metrics: Metrics | undefined }) {
  const [found, setFound] = useState<Found>();
  const { isBusy, failure, ask } = useAsking();
  const mayNot = lacks("admin");
  const verify = () =>
    ask(async () => {
      const cursor = found?.nextCursor ?? undefined;
      const page = await holdfast.admin.verifyAll({
        limit: PAGE_SIZE,
        ...(cursor !== undefined && { cursor }),
      });
      setFound(added(cursor === undefined ? undefined : found, page));
    });
  return (
    <section class="section" aria-labelledby="verifier">
      <div class="section-head">
        <h2 id="verifier">Verifier</h2>
        <div class="end">
          <Button
            size="compact"
            busy={isBusy}
            disabled={mayNot}
            title={mayNot ? "This key lacks the scope admin" : undefined}
            onClick={() => void verify()}
          >
            {found?.nextCursor == null ? "Verify a page" : `Verify the next ${PAGE_SIZE}`}
          </Button>
        </div>
      </div>
      {mayNot && (
        <p class="soft">
          This key lacks the scope <code>admin</code>, which verifying needs.
        </p>
      )}
      {metrics && <ByItself metrics={metrics} />}
      <div role="status" class="below">
        {found && <Result found={found} />}
      </div>
      {failure && <FailureNotice failure={failure} />}
      {found && found.differing.length > 0 && (
        <div class="below">
          <Table caption="Products that differ" columns={COLUMNS}>
            {found.differing.map((one) => (
              <Row key={one.productId} of={one} />
            ))}
          </Table>
        </div>
      )}
    </section>
  );
}

function added(before: Found | undefined, { items, checked, nextCursor }: VerificationPage): Found {
  const differing = items.filter(({ differenceCount }) => differenceCount > 0);
  return {
    checked: (before?.checked ?? 0) + checked,
    differing: [...(before?.differing ?? []), ...differing],
    nextCursor,
  };
}

/** Each hour the service verifies some products in turn, and each minute those that lag. */
function ByItself({ metrics }: { metrics: Metrics }) {
  const name = "holdfast_products_verified_total";
  const verified = sumOf(metrics, name, { outcome: "ok" });
  const failed = sumOf(metrics, name, { outcome: "failed" }) ?? 0;
  if (verified === undefined || verified + failed === 0)
    return <p class="soft">The service has not verified any product by itself yet. It does so each hour.</p>;
  return (
    <Figures
      figures={[
        {
          name: "Differences found",
          value: shownNumber(sumOf(metrics, "holdfast_verify_differences_total") ?? 0),
        },
        { name: "Products compared", value: shownNumber(verified) },
        { name: "Could not be compared", value: shownNumber(failed) },
      ]}
    />
  );
}

function Result({ found: { checked, differing, nextCursor } }: { found: Found }) {
  const rest = nextCursor === null ? "These are all products." : "There are more.";
  if (differing.length === 0)
    return (
      <Notice kind="good" title="No differences">
        <p>
          {shownCount(checked, "product")} compared with their events and the book. {rest}
        </p>
      </Notice>
    );
  const count = differing.reduce((sum, { differenceCount }) => sum + differenceCount, 0);
  return (
    <Notice kind="bad" title={shownCount(count, "difference")}>
      <p>
        In {shownNumber(differing.length)} of {shownCount(checked, "product")}. {rest}
      </p>
    </Notice>
  );
}

function Row({
  of: { productId, version, bookVersion, differences, differenceCount },
}: {
  of: Verification;
}) {
  const words = [...new Set(differences.map(({ what }) => what))].join(", ");
  return (
    <tr>
      <th scope="row">
        <a href={productPath(productId)}>{productId}</a>
      </th>
      <td class="number">{version}</td>
      <td class="number">{bookVersion ?? "–"}</td>
      <td class="reason">
        {shownNumber(differenceCount)}: {words}
      </td>
    </tr>
  );
}
