/**
 * The way to the hubs. Everybody begins at the first shard of a family; one that is full sends on to one of its two
 * children, by chance, so that shards grow with those who listen and nobody needs to know how many there are.
 */
import * as listening from "../../domain/listening";
import { HUB_CALL_TIMEOUT_MS, HUB_MAX_DEPTH, POLL_GRACE_MS } from "../../limits";
import { logError } from "../../telemetry/log";
import { withTimeout } from "../../timeout";
import { OVERLOADED, ProblemError } from "../problem";
import * as z from "../zod";

const refusal: z.ZodType<listening.ListeningRefusal> = z.discriminatedUnion("code", [
  z.object({ code: z.literal("full") }),
  z.object({ code: z.literal("overloaded") }),
  z.object({ code: z.literal("product_not_found"), productId: z.string() }),
  z.object({ code: z.literal("offset_expired"), oldestOffset: z.number() }),
]);

/** Taken: 101 or a stream. Throws a problem (503) when no hub can be reached, or all are full. */
export async function listenAtHub(
  env: Env,
  wanted: listening.Listening,
): Promise<Response | listening.ListeningRefusal> {
  const headers = new Headers({ [listening.LISTENING_HEADER]: JSON.stringify(wanted) });
  if (wanted.transport === "socket") headers.set("Upgrade", "websocket");
  const ask = async (name: string): Promise<Response | listening.ListeningRefusal> => {
    // A request of our own: nothing that the client sent goes to the hub.
    const response = await env.HUB.getByName(name).fetch(new Request("https://hub/", { headers }));
    return response.status === 409 ? refusal.parse(await response.json()) : response;
  };
  try {
    return await firstWithRoom(wanted.to, (name) => withTimeout(ask(name), HUB_CALL_TIMEOUT_MS, name));
  } catch (error) {
    throw new ProblemError(OVERLOADED, error);
  }
}

/** A page when there is one within the time, or an empty one. undefined: no hub can say. "behind": the book can. */
export async function pollHub(
  env: Env,
  query: listening.PollQuery,
): Promise<listening.BookPage | "behind" | undefined> {
  const ask = async (name: string) => {
    const answer = await env.HUB.getByName(name).poll(query);
    return answer.state === "full" ? ({ code: "full" } as const) : answer;
  };
  try {
    const asked = firstWithRoom("events", ask);
    const answer = await withTimeout(asked, query.waitMs + POLL_GRACE_MS, "hub");
    if ("code" in answer) return undefined;
    return answer.state === "page" ? answer.page : "behind";
  } catch (error) {
    logError("long poll not answered by a hub", error);
    return undefined;
  }
}

async function firstWithRoom<T extends object>(
  family: "levels" | "events",
  ask: (name: string) => Promise<T>,
): Promise<T> {
  let shard = 0;
  for (let depth = 0; depth < HUB_MAX_DEPTH; depth += 1) {
    const answer = await ask(listening.shardName(family, shard));
    if (!("code" in answer && answer.code === "full")) return answer;
    shard = 2 * shard + 1 + Math.floor(Math.random() * 2);
  }
  throw new Error(`no shard of ${family} has room`);
}
