/** Rebrickable's answers, as its API v3 gives them: the demo sets, and the themes that they name. */
import { readFileSync } from "node:fs";
import { z } from "zod";
import { DEMO_FILE } from "../seed.ts";
import { json, type Reply } from "./reply.ts";

const demoSet = z.object({
  productId: z.string(),
  name: z.string(),
  imageUrl: z.string().nullable(),
  attributes: z.object({
    theme: z.string(),
    subtheme: z.string().optional(),
    year: z.number(),
    pieces: z.number(),
  }),
});

interface Theme {
  id: number;
  parent_id: number | null;
  name: string;
}

export interface Sets {
  sets: ({ set_num: string } & Record<string, unknown>)[];
  themes: Theme[];
}

const PER_PAGE = 100;

/** The ids of the themes are the demo's own. */
export function readDemoSets(): Sets {
  const lines = readFileSync(DEMO_FILE, "utf8").trimEnd().split("\n");
  const products = lines.map((line) => demoSet.parse(JSON.parse(line)));
  const themes = new Map<string, Theme>();
  const themeOf = (path: readonly string[], parent: Theme | null): Theme => {
    const key = path.join("/");
    const known = themes.get(key);
    if (known) return known;
    const made = { id: themes.size + 1, parent_id: parent?.id ?? null, name: path.at(-1) ?? "" };
    themes.set(key, made);
    return made;
  };
  const sets = products.map(({ productId, name, imageUrl, attributes }) => {
    const { theme, subtheme, year, pieces } = attributes;
    const root = themeOf([theme], null);
    const leaf = subtheme === undefined ? root : themeOf([theme, subtheme], root);
    return { set_num: productId, name, year, theme_id: leaf.id, num_parts: pieces, set_img_url: imageUrl };
  });
  return { sets, themes: [...themes.values()] };
}

export function rebrickableReply(url: URL, key: string | undefined, { sets, themes }: Sets): Reply {
  if (!key?.startsWith("key ")) {
    return json(401, { detail: "Authentication credentials were not provided." });
  }
  const { pathname } = url;
  if (pathname.endsWith("/lego/themes/")) return page(url, themes);
  if (pathname.endsWith("/lego/sets/")) return page(url, sets);
  const setNumber = /\/lego\/sets\/([^/]+)\/$/.exec(pathname)?.[1];
  const found = sets.find(({ set_num }) => set_num === decodeURIComponent(setNumber ?? ""));
  return found ? json(200, found) : json(404, { detail: "Not found." });
}

function page(url: URL, items: readonly object[]): Reply {
  const size = Math.min(1000, Number(url.searchParams.get("page_size") ?? PER_PAGE));
  const number = Number(url.searchParams.get("page") ?? 1);
  const results = items.slice((number - 1) * size, number * size);
  if (results.length === 0 && number > 1) return json(404, { detail: "Invalid page." });
  const next = new URL(url);
  next.searchParams.set("page", String(number + 1));
  return json(200, {
    count: items.length,
    next: number * size < items.length ? next.href : null,
    previous: null,
    results,
  });
}
