/** What the document says beside the contracts: of every operation, field and problem; and that its examples are what it says. */
import { describe, expect, it } from "vitest";
import { openApiDocument } from "../../src/http/openapi";
import { PROBLEMS } from "../../src/http/problem";
import { referenceDocument } from "../../src/http/reference/document";
import { FIELDS, OWN_FIELDS } from "../../src/http/reference/fields";
import { describeFields, type DescribedDocument } from "../../src/http/reference/fields-of";
import { OPERATIONS } from "../../src/http/reference/operations";
import { ROUTES } from "../../src/http/routes";
import { validatorOf } from "../fuzz/check.ts";
import { operationsOf, parseDocument, type Examples } from "../fuzz/document.ts";

const json = JSON.stringify(referenceDocument(ROUTES));
const document = parseDocument(json);
const described: DescribedDocument = JSON.parse(json);
const validator = validatorOf({ ...document });
const operations = operationsOf(document).map((operation) => [operation.operationId, operation] as const);
const contractById = new Map(ROUTES.map(({ contract }) => [contract?.operationId, contract]));

describe("the reference", () => {
  const saidOf = Object.values(described.paths).flatMap((one) => Object.values(one));

  it.each(saidOf.map((one) => [one.operationId, one] as const))(
    "says what %s is for",
    (_, { description }) => {
      const [what = "", retry, key] = description?.split("\n\n") ?? [];
      expect(what.length).toBeGreaterThan(8);
      expect(retry).toMatch(/^\*\*Retry:\*\* /);
      expect(key).toMatch(/^\*\*(Scope|Key):\*\* /);
    },
  );

  it("describes every property and parameter, once", () => {
    const plain: DescribedDocument = JSON.parse(JSON.stringify(openApiDocument(ROUTES)));
    const used = describeFields(plain);
    const known = [...Object.keys(FIELDS), ...Object.keys(OWN_FIELDS)];
    expect({ unused: known.filter((name) => !used.has(name)) }).toEqual({ unused: [] });
    expect({ missing: undescribed(plain) }).toEqual({ missing: [] });
  });

  it.each(operations)("%s has an example, and one of a problem of its own", (operationId, operation) => {
    const reference = Object.entries(OPERATIONS).find(([name]) => name === operationId)?.[1];
    const code = reference?.error.code ?? "internal";
    const status = reference?.error.status ?? PROBLEMS[code].status;
    const problems = operation.responses[status]?.content?.["application/problem+json"];
    expect(operation.responses[status]?.description.split(", ")).toContain(code);
    expect(problems?.examples?.[code]).toHaveProperty("value.code", code);
    const good = Object.entries(operation.responses).filter(([at]) => at.startsWith("2"));
    const shown = good.flatMap(([, { content }]) => Object.values(content ?? {}).flatMap(examplesIn));
    const isEmpty = good.some(([, { content }]) => content === undefined);
    expect(shown.length > 0 || isEmpty, JSON.stringify(good).slice(0, 500)).toBe(true);
  });

  it.each(operations)("what %s shows is what its schemas say", (operationId, operation) => {
    const wrong: string[] = [];
    for (const { name, schema, examples } of operation.parameters ?? [])
      for (const { value } of examplesIn({ examples }))
        wrong.push(...validator(value, schema).map((one) => `${name} ${JSON.stringify(value)} ${one}`));
    const contents = [operation.requestBody, ...Object.values(operation.responses)].flatMap((one) =>
      Object.values(one?.content ?? {}),
    );
    for (const { schema, examples } of contents)
      for (const { value } of examplesIn({ examples }))
        wrong.push(...validator(value, schema).map((one) => `${JSON.stringify(value)} ${one}`));
    expect(wrong).toEqual([]);
    const { body } = contractById.get(operationId) ?? {};
    const bodies = examplesIn({ examples: operation.requestBody?.content?.["application/json"]?.examples });
    if (body) for (const { value } of bodies) expect(body.safeParse(value)).toMatchObject({ success: true });
  });

  it("shows every problem as its schema says", () => {
    const { schemas } = document.components;
    for (const [code, { value }] of Object.entries(described.components.examples ?? {})) {
      const name = `${code.replaceAll(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase())}Problem`;
      const schema = schemas[name];
      // Not one of these is answered by an operation that the document has.
      if (schema) expect(validator(value, schema), code).toEqual([]);
      else expect(["method_not_allowed"]).toContain(code);
    }
  });
});

function examplesIn({ examples = {} }: { examples?: Examples | undefined }): { value: unknown }[] {
  return Object.values(examples).flatMap((one) => ("value" in one ? [{ value: one.value }] : []));
}

/** Names of properties and parameters that nothing is said of. */
function undescribed(of: DescribedDocument): string[] {
  const names: string[] = [];
  const described = (value: unknown) =>
    typeof value === "object" && value !== null && ("description" in value || "$ref" in value);
  const walk = (value: unknown, path: string) => {
    if (typeof value !== "object" || value === null) return;
    for (const [name, inner] of Object.entries(value)) {
      if (name === "properties" && typeof inner === "object" && inner !== null)
        for (const [field, schema] of Object.entries(inner))
          if (!described(schema)) names.push(`${path}.${field}`);
      if (name !== "examples") walk(inner, `${path}.${name}`);
    }
  };
  walk(of, "");
  return names;
}
