/** The OpenAPI document, as it is served and as `docs/openapi.json` has it. */
import { exports } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { referenceDocument } from "../../src/http/reference/document";
import { ROUTES } from "../../src/http/routes";

interface Document {
  paths: Record<string, Record<string, unknown>>;
}

function made(): Document {
  // As JSON has it: what is undefined is not there.
  return JSON.parse(JSON.stringify(referenceDocument(ROUTES)));
}

describe("the OpenAPI document", () => {
  it("is docs/openapi.json; after a change of it: npm run openapi", async () => {
    await expect(`${JSON.stringify(made(), null, 2)}\n`).toMatchFileSnapshot("../../docs/openapi.json");
  });

  it("is what is served", async () => {
    const served = await exports.default.fetch(new Request("https://holdfast.test/openapi.json"));
    expect(await served.json()).toEqual(made());
  });

  it("has every route that has a contract, and whether the service is alive", () => {
    const { paths } = made();
    const shown = Object.entries(paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method} ${path}`),
    );
    const contracts = ROUTES.filter(({ contract }) => contract).map(
      ({ method, path }) => `${method} ${path}`,
    );
    expect(shown.toSorted()).toEqual([...contracts, "get /health", "get /brick-api/health"].toSorted());
  });

  it("names no component that it has not", () => {
    const text = JSON.stringify(made());
    const document: unknown = JSON.parse(text);
    const missing = [...text.matchAll(/"#\/([^"]+)"/g)].filter(([, path = ""]) => {
      const found = path
        .split("/")
        .reduce<unknown>(
          (node, name) => (typeof node === "object" && node ? Reflect.get(node, name) : undefined),
          document,
        );
      return found === undefined;
    });
    expect(missing.map(([ref]) => ref)).toEqual([]);
  });
});
