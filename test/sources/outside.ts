/** The world outside, as a test has it: what is asked, and an answer to it. */
import { vi } from "vitest";

export interface Asked {
  url: URL;
  headers: Headers;
  init: RequestInit;
}

export type Answer = (asked: Asked) => Response | Promise<Response>;

/** Stands in for `fetch`, wherever it is called, until the mocks are restored. Answers what was asked. */
export function openOutside(answer: Answer): Asked[] {
  const asked: Asked[] = [];
  vi.spyOn(globalThis, "fetch").mockImplementation((input, init) => {
    const one = { url: new URL(input as string), headers: new Headers(init?.headers), init: init ?? {} };
    asked.push(one);
    return Promise.resolve(answer(one));
  });
  return asked;
}

/** `fetch` to hand over. */
export function fetching(answer: Answer) {
  const asked: Asked[] = [];
  const fetch = async (url: string, init: RequestInit) => {
    const one = { url: new URL(url), headers: new Headers(init.headers), init };
    asked.push(one);
    return answer(one);
  };
  return { asked, fetch };
}

export function json(value: unknown, init: ResponseInit = {}): Response {
  const body = typeof value === "string" ? value : JSON.stringify(value);
  const headers = { "Content-Type": "application/json; charset=utf-8", ...init.headers };
  return new Response(body, { ...init, headers });
}

export interface Coin {
  id: string;
  [name: string]: unknown;
}

export function coin(id: string, more: Record<string, unknown> = {}): Coin {
  return {
    id,
    symbol: id.slice(0, 4),
    name: `Coin ${id}`,
    image: null,
    current_price: 1.5,
    market_cap: 1000,
    market_cap_rank: 7,
    total_volume: 20,
    price_change_percentage_24h: -1.25,
    last_updated: "2026-01-02T03:04:05.678Z",
    ...more,
  };
}

/** `/coins/markets` of these coins; without any, of whatever is asked for. */
export function markets(coins?: readonly Coin[]): Answer {
  return ({ url }) => {
    const ids = (url.searchParams.get("ids") ?? "").split(",");
    return json(coins ? coins.filter(({ id }) => ids.includes(id)) : ids.map((id) => coin(id)));
  };
}

export function legoSet(setNumber: string, more: Record<string, unknown> = {}) {
  return {
    set_num: setNumber,
    name: `Set ${setNumber}`,
    year: 2017,
    theme_id: 158,
    num_parts: 205,
    set_img_url: `https://cdn.rebrickable.com/media/sets/${setNumber}.jpg`,
    set_url: "https://rebrickable.com/",
    last_modified_dt: "2018-11-29T23:47:51.919445Z",
    ...more,
  };
}

export const THEMES = {
  count: 3,
  next: null,
  previous: null,
  results: [
    { id: 158, parent_id: null, name: "Star Wars" },
    { id: 171, parent_id: 158, name: "Ultimate Collector Series" },
    { id: "none", name: "" },
  ],
};

/** Rebrickable with these sets, a thousand a page. */
export function bricks(sets: readonly ReturnType<typeof legoSet>[]): Answer {
  return ({ url }) => {
    if (url.pathname.endsWith("/lego/themes/")) return json(THEMES);
    const page = Number(url.searchParams.get("page"));
    if (page > 0) {
      const results = sets.slice((page - 1) * 1000, page * 1000);
      const next = sets.length > page * 1000 ? `${url.origin}/next` : null;
      return json({ count: sets.length, next, previous: null, results });
    }
    const found = sets.find(({ set_num }) => url.pathname.endsWith(`/lego/sets/${set_num}/`));
    return found ? json(found) : json({ detail: "Not found." }, { status: 404 });
  };
}
