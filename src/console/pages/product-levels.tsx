/** Where the stock of a product is. */
import type { Stock } from "../../client/wire.ts";
import { shownNumber } from "../format.ts";
import { Value } from "../parts/number.tsx";
import { Table, type Column } from "../parts/table.tsx";

export function LevelsSection({ stock: { productId, levels } }: { stock: Stock }) {
  const hasBackorder = levels.some(({ backorderLimit }) => backorderLimit > 0);
  const columns: readonly Column[] = [
    { text: "Location" },
    { text: "On hand", class: "number" },
    { text: "Held", class: "number" },
    { text: "Safety", class: "number wide" },
    ...(hasBackorder ? [{ text: "Backorder up to", class: "number wide" }] : []),
    { text: "Available", class: "number" },
  ];
  return (
    <section class="section" aria-labelledby="levels">
      <div class="section-head">
        <h2 id="levels">Levels</h2>
      </div>
      <Table caption={`Levels of ${productId}`} columns={columns}>
        {levels.map((level) => (
          <tr key={level.locationId}>
            <th scope="row">{level.locationId}</th>
            <td class="number">
              <Value value={level.onHand} />
            </td>
            <td class="number">
              <Value value={level.reserved} isQuietAtZero />
            </td>
            <td class="number wide soft">{shownNumber(level.safetyStock)}</td>
            {hasBackorder && <td class="number wide soft">{shownNumber(level.backorderLimit)}</td>}
            <td class="number strong">
              <Value value={level.available} />
            </td>
          </tr>
        ))}
      </Table>
    </section>
  );
}
