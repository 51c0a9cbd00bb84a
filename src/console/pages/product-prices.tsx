/** What the market paid for a product: band of highs and lows, closing prices, where they come from, how old they are. */
import { useState } from "preact/hooks";
import type { Product } from "../../client/wire.ts";
import { holdfast } from "../connection.ts";
import { shownMoney } from "../format.ts";
import { Chart } from "../parts/chart.tsx";
import { Chips } from "../parts/chips.tsx";
import { LoadFailure } from "../parts/notice.tsx";
import { State } from "../parts/state.tsx";
import { Empty } from "../parts/table.tsx";
import { Age } from "../parts/time.tsx";
import { useResource } from "../resource.ts";

const DAY_MS = 86_400_000;
const SPANS = {
  day: { text: "24 hours", ms: DAY_MS, interval: "raw" },
  week: { text: "7 days", ms: 7 * DAY_MS, interval: "hour" },
  quarter: { text: "90 days", ms: 90 * DAY_MS, interval: "day" },
} as const;
type Span = keyof typeof SPANS;
const NAMES: readonly Span[] = ["day", "week", "quarter"];

export function PricesSection({ product }: { product: Product }) {
  const { productId, name, quote } = product;
  const [span, setSpan] = useState<Span>("week");
  const { ms, interval, text } = SPANS[span];
  const prices = useResource(
    `prices ${productId} ${span}`,
    (signal) => {
      const from = new Date(Date.now() - ms).toISOString();
      return holdfast.products.prices(productId, { from, interval }, { signal });
    },
    { keepsLast: true },
  );
  const points = prices.data ?? [];
  const currency = points[0]?.currency ?? quote?.currency ?? "USD";
  const show = (value: number) => shownMoney({ amount: String(value), currency });
  // Nobody asks for the market's price of most products.
  if (!quote && points.length === 0 && span === "week" && prices.error === undefined) return null;
  return (
    <section class="section" aria-labelledby="prices">
      <div class="section-head">
        <h2 id="prices">Prices</h2>
        {quote && (
          <span class="soft">
            {shownMoney(quote)} · {quote.source} · <Age at={quote.at} />{" "}
            {quote.stale && (
              <State shape="disc" tone="warn">
                Old
              </State>
            )}
          </span>
        )}
      </div>
      <Chips
        label="Span"
        chips={NAMES.map((id) => ({ id, text: SPANS[id].text, isOn: id === span }))}
        onToggle={(id) => setSpan(NAMES.find((one) => one === id) ?? "week")}
      />
      {prices.error !== undefined && <LoadFailure error={prices.error} onRetry={prices.reload} />}
      <div class="frame">
        {points.length > 1 ? (
          <Chart
            label={`Prices of ${name} in ${text}: last ${show(Number(points.at(-1)?.close))}`}
            points={points.map(({ at, close, low, high }) => ({
              atMs: Date.parse(at),
              value: Number(close),
              low: Number(low),
              high: Number(high),
            }))}
            kind="band"
            unit="Close"
            show={show}
          />
        ) : (
          <Empty>Too few prices came in this time to draw a line. Sources and feeds bring them.</Empty>
        )}
      </div>
    </section>
  );
}
