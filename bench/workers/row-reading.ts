/**
 * The real Worker, and in a header of each answer the rows that D1 says it read for it (`meta.rows_read`),
 * those that objects read included: all share one isolate here, and one request is asked at a time. The book and the
 * search index together.
 */
import worker from "../../src/worker";

export * from "../../src/worker";

let rowsRead = 0;
/** How long an endless stream is listened to. */
const STREAM_MS = 300;

interface Sender {
  _sendOrThrow(...args: unknown[]): Promise<D1Result | D1Result[]>;
}

/** What every query goes through, on the prototype that all sessions of all databases have. */
function countReads(database: D1Database): void {
  let prototype: object = Object.getPrototypeOf(database.withSession());
  while (!Object.hasOwn(prototype, "_sendOrThrow")) prototype = Object.getPrototypeOf(prototype);
  const real: Sender["_sendOrThrow"] & { counts?: true } = Reflect.get(prototype, "_sendOrThrow");
  if (real.counts) return;
  const counting = async function (this: unknown, ...args: unknown[]) {
    const answer = await Reflect.apply(real, this, args);
    for (const { meta } of [answer].flat()) rowsRead += meta.rows_read;
    return answer;
  };
  Object.assign(prototype, { _sendOrThrow: Object.assign(counting, { counts: true }) });
}

export default {
  async fetch(request, env, ctx) {
    countReads(env.BOOK);
    countReads(env.SEARCH);
    rowsRead = 0;
    const answer = await worker.fetch(request, env, ctx);
    const body = await bodyOf(answer);
    const headers = new Headers(answer.headers);
    headers.set("Bench-Rows-Read", String(rowsRead));
    return new Response(body, { status: answer.status, headers });
  },
} satisfies ExportedHandler<Env>;

/** Its end, since what streams a body may read on while it does; of an endless one the beginning. */
async function bodyOf({ body, headers }: Response): Promise<ArrayBuffer | string | null> {
  if (!body) return null;
  if (!headers.get("Content-Type")?.startsWith("text/event-stream")) return new Response(body).arrayBuffer();
  await new Promise((resolve) => setTimeout(resolve, STREAM_MS));
  await body.cancel();
  return "";
}
