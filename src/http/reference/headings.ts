/** The front page of the reference, and its headings in the order of a newcomer's questions. */
import type { Tag } from "../route";

export const INTRODUCTION = `Holdfast counts stock, holds units for a cart, sells them or gives them back, and
**never sells the same unit twice**, however many ask at once.

## Try it

\`npm start\` runs the whole service on this machine, with demo data that every example here works with, and
two keys: \`demo\` (a shop) and \`admin-demo\` (everything). Hold two sets of a Millennium Falcon, then sell
them:

\`\`\`sh
curl -X POST http://127.0.0.1:8787/v1/inventory/75192-1/reserve \\
  -H "X-API-Key: demo" -H "Content-Type: application/json" \\
  -H "Idempotency-Key: cart-1001" -d '{"quantity": 2, "ttlSeconds": 600}'

curl -X POST http://127.0.0.1:8787/v1/reservations/RESERVATION_ID/confirm \\
  -H "X-API-Key: demo" -H "Idempotency-Key: payment-1001"
\`\`\`

## Keys

Send your key as \`X-API-Key\` or as \`Authorization: Bearer\`. Each operation says which scope it needs:
without a key it is 401 \`unauthenticated\`, without the scope 403 \`forbidden\`.

| scope | opens |
|---|---|
| \`catalog:read\` | catalog, search, prices, export |
| \`stock:read\` | numbers of products, live levels; may stand in a page |
| \`reservations:write\` | reserves and orders, and those that the same key made |
| \`reservations:read\` | everybody's reservations and orders |
| \`stock:write\` | catalog edits, counts, adjustments, transfers, batches |
| \`events:read\` | the log, movements, reports |
| \`admin\` | everything |

## Retries

Send an \`Idempotency-Key\` (any text of up to 255 printable characters that you make) with every change. The
same request with the same key has **one effect**, and is answered as the first time, with
\`Idempotency-Replayed: true\`. After a timeout, a 503 or no answer at all, send the same request again. The
same key with another request is 422 \`idempotency_key_reused\`.

## Versions

Products, levels and reservations carry a \`version\`, which is their \`ETag\` too. \`If-None-Match\` reads
only what is new (304). \`If-Match\`, or \`version\` in the body, changes only what you have seen (412 or 409
\`version_conflict\`, with the numbers of now).

## Lists

\`limit\` (50 unless you say, 100 at most) and \`cursor\`. The answer is \`{"items": […], "nextCursor": …}\`;
go on until \`nextCursor\` is null. A page may have fewer items than you asked for and still name the next.

## Freshness

Changes, and reads of one product or reservation, are exact. Lists, searches and the log come from the *book*
(the event log and read model), usually 0.1 to 0.3 seconds behind; \`X-Book-Offset\` says up to which event.

## Problems

What goes wrong is \`application/problem+json\` (RFC 9457): go by \`code\`, show \`detail\` to people. The
facts of each code are described with each operation. A refusal changes nothing. Every answer has an
\`X-Request-Id\`.

## Clients

The document is at [/openapi.json](/openapi.json). Two generators of TypeScript clients are tested with it;
both know the facts of a problem by its \`code\`:

\`\`\`sh
npx openapi-typescript http://127.0.0.1:8787/openapi.json -o holdfast.ts --default-non-nullable=false
npx @hey-api/openapi-ts -i http://127.0.0.1:8787/openapi.json -o holdfast
\`\`\`

## Forms

Units are whole numbers, times are RFC 3339 in UTC, money is \`{"amount": "649.99", "currency": "USD"}\`.
Unknown fields are refused, so that a misspelt one is never lost.
`;

export const TAGS: Record<Tag, string> = {
  Reservations:
    "**How do I hold units, and sell them?** Reserve, then confirm when the payment is certain, or release. A hold that " +
    "nobody confirms ends by itself. Several products at once are an order: all or nothing.",
  Stock:
    "**How many are there, and how do I change that?** Numbers of one product are exact. Counts, deliveries, damage and " +
    "transfers each leave a movement that says who, why and how many.",
  Catalog:
    "**What is sold here?** Products, search and filters, a whole catalog in and out as a file, and market prices.",
  Live: "**How does a page stay up to date?** Levels, prices and events as they change, over a WebSocket or Server-Sent Events.",
  Events:
    "**How does another system follow?** The log has every event once, in order, from any offset that is kept.",
  Webhooks:
    "**Can it call me?** Events sent to your endpoint, signed as Standard Webhooks says, at least once and in order.",
  Locations:
    "**Where is the stock?** Warehouses, shops and other places, in the order in which reserves try them.",
  Reports: "**What sold, and what was missing?** Sums by product and time; what was searched for.",
  Keys: "**Who may do what?** Keys with scopes, for servers and for pages.",
  Operation:
    "**Is it well?** For whoever runs it: health, metrics, batches of products, sources outside, verification and repair.",
  Views:
    "**Is there a form that my client knows already?** The catalog as collectors' and traders' clients expect it.",
};
