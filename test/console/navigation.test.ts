/** Which paths are the console's, and where in it the read views lead. */
import { describe, expect, it } from "vitest";
import { CONSOLE_PATHS, consolePathOf, productPath } from "../../src/console/navigation.ts";

describe("a link", () => {
  it.each(["/", "/?q=a", "/#main", "/console", "/console/products/a.js", "/console?x"])(
    "to %s stays within",
    (path) => expect(CONSOLE_PATHS.test(path)).toBe(true),
  );
  it.each(["/docs/", "/v1/products/a", "/consoles", "/inventory/75192", "//evil.example/"])(
    "to %s is the browser's",
    (path) => expect(CONSOLE_PATHS.test(path)).toBe(false),
  );
});

describe("a read view", () => {
  it.each([
    ["/console/", "?q=a", "/?q=a"],
    ["/v1/products/75192-1", "", "/console/products/75192-1"],
    ["/inventory/75192", "", "/console/products/75192?set"],
    ["/brick-api/inventory/75192", "?format=x", "/console/products/75192?set"],
    ["/inventory/assets/bitcoin", "", "/console/products/bitcoin"],
    ["/inventory/assets", "", "/?kind=asset"],
    ["/inventory/assets/search", "?q=btc", "/?q=btc&kind=asset"],
  ])("at %s%s is %s in the console", (pathname, search, path) =>
    expect(consolePathOf({ pathname, search })).toBe(path),
  );

  it.each(["/", "/console/products/a", "/console/holds", "/v1/products"])("is not at %s", (pathname) =>
    expect(consolePathOf({ pathname, search: "" })).toBeUndefined(),
  );
});

it("a product's page has its id, whatever is in it", () => {
  expect(productPath("a/b c")).toBe("/console/products/a%2Fb%20c");
});
