/** One event; pressed, it shows itself as it is kept. */
import { useState } from "preact/hooks";
import type { BookEvent } from "../../client/wire-events.ts";
import { memo } from "../memo.ts";
import { productPath } from "../navigation.ts";
import type { Column } from "../parts/table.tsx";
import { Age } from "../parts/time.tsx";
import { whatOf } from "./events-words.ts";

export const EVENT_COLUMNS: readonly Column[] = [
  { text: "Offset", class: "number wide" },
  { text: "Event" },
  { text: "Product", class: "wide" },
  { text: "What", class: "wide" },
  { text: "Actor", class: "wide" },
  { text: "When", class: "number" },
];

export interface EventRowProps {
  event: BookEvent;
  /** It was asked for by its offset. */
  isFound: boolean;
}

export const EventRow = memo(({ event, isFound }: EventRowProps) => {
  const [isOpen, setOpen] = useState(false);
  const { offset, type, productId, version, actor, at } = event;
  const what = whatOf(event);
  return (
    <>
      <tr class={isFound ? "is-found" : undefined}>
        <td class="number wide soft">{offset}</td>
        <th scope="row">
          <button
            type="button"
            class="row-link"
            aria-expanded={isOpen ? "true" : "false"}
            title={`Event ${offset} as it is kept`}
            onClick={() => setOpen(!isOpen)}
          >
            {type}
          </button>
          <span class="narrow small soft">
            {productId} v{version}, {what}
          </span>
        </th>
        <td class="wide event-product">
          {type === "webhook.disabled" ? (
            productId
          ) : (
            <a class="plain" href={productPath(productId)}>
              {productId}
            </a>
          )}{" "}
          <span class="soft small">v{version}</span>
        </td>
        <td class="wide soft event-what" title={what}>
          {what}
        </td>
        <td class="wide soft event-actor" title={actor}>
          <code>{actor}</code>
        </td>
        <td class="number soft">
          <Age at={at} />
        </td>
      </tr>
      {isOpen && (
        <tr class="event-raw">
          <td colSpan={EVENT_COLUMNS.length}>
            <pre class="raw" tabIndex={0} role="region" aria-label={`Event ${offset} as JSON`}>
              {JSON.stringify(event, undefined, 2)}
            </pre>
          </td>
        </tr>
      )}
    </>
  );
});
