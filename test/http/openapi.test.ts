/** The OpenAPI document, as it is served and as `docs/openapi.json` has it. */
import { stringify } from "safe-stable-stringify";
import { describe, expect, it } from "vitest";
import { createApp } from "../../src/http/app";
import { ROUTES } from "../../src/http/routes";

interface Document {
  paths: Record<string, Record<string, unknown>>;
}

async function served(): Promise<Document> {
  return (await createApp().request("/openapi.json")).json();
}

describe("the OpenAPI document", () => {
  it("is docs/openapi.json; after a change of it: npm run openapi", async () => {
    const sorted = stringify(await served(), null, 2);
    await expect(`${sorted}\n`).toMatchFileSnapshot("../../docs/openapi.json");
  });

  it("has every route that has a contract, and whether the service is alive", async () => {
    const { paths } = await served();
    const shown = Object.entries(paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method} ${path}`),
    );
    const contracts = ROUTES.filter(({ contract }) => contract).map(
      ({ method, path }) => `${method} ${path}`,
    );
    expect(shown.toSorted()).toEqual([...contracts, "get /health", "get /brick-api/health"].toSorted());
  });

  it("names no component that it has not", async () => {
    const text = JSON.stringify(await served());
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
