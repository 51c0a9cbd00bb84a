/// <reference types="vite/client" />
/** What holds for the one list of all routes. */
import { describe, expect, it } from "vitest";
import type { Route } from "../../src/http/route";
import { ROUTES } from "../../src/http/routes";

const modules = import.meta.glob<Record<string, unknown>>("../../src/http/**/*.{ts,tsx}", { eager: true });

function isRoute(value: unknown): value is Route {
  return typeof value === "object" && value !== null && "handle" in value && "path" in value;
}

/** Every route that some module exports, by itself or in a list. What no module exports, the compiler finds unused. */
const exported = Object.entries(modules).flatMap(([file, module]) =>
  Object.entries(module).flatMap(([name, value]) =>
    [value].flat().flatMap((one) => (isRoute(one) ? [{ route: one, is: `${name} of ${file}` }] : [])),
  ),
);

describe("the list of all routes", () => {
  it("has every route that is defined", () => {
    const missing = exported.filter(({ route }) => !ROUTES.includes(route));
    expect(exported.length).toBeGreaterThan(ROUTES.length);
    expect(missing.map(({ is }) => is)).toEqual([]);
  });

  it("has each once, at a method and path of its own", () => {
    const places = ROUTES.map(({ method, path }) => `${method} ${path.replaceAll(/\{\w+\}/g, "{}")}`);
    expect(places.filter((place, index) => places.indexOf(place) !== index)).toEqual([]);
  });
});
