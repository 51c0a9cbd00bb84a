/**
 * The requests of the load: made in the thread that sends them, so that only plain options cross over.
 */
import { z } from "zod";

const HEAD_END = "\r\nHost: bench\r\n";

export type Requests = z.infer<typeof requests>;
export const requests = z.object({
  /** `reserve`: one unit for an order of its own, under a key of its own. */
  maker: z.enum(["get", "reserve"]),
  /** Asked in turn. */
  paths: z.array(z.string()),
  apiKey: z.string().optional(),
  /** A word that no other load uses. */
  run: z.string().optional(),
  /** The one status that counts. */
  expect: z.number(),
});

/** From the number of a request to its bytes. */
export function requestMaker({ maker, paths, apiKey, run = "" }: Requests): (index: number) => string {
  const key = apiKey === undefined ? "" : `X-API-Key: ${apiKey}\r\n`;
  if (maker === "get") {
    const whole = paths.map((path) => `GET ${path} HTTP/1.1${HEAD_END}${key}\r\n`);
    return (index) => whole[index % whole.length] ?? "";
  }
  const heads = paths.map(
    (path) => `POST ${path} HTTP/1.1${HEAD_END}${key}Content-Type: application/json\r\n`,
  );
  return (index) => {
    const body = `{"quantity":1,"orderId":"${run}-${index}"}`;
    const own = `Idempotency-Key: ${run}-${index}\r\nContent-Length: ${body.length}\r\n\r\n`;
    return (heads[index % heads.length] ?? "") + own + body;
  };
}
