import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { elementsOf } from "../../../../src/http/products/file/array-elements";
import type { RecordText } from "../../../../src/http/products/file/records";
import { ProblemError } from "../../../../src/http/problem";
import { MAX_IMPORT_BYTES, MAX_IMPORT_ROW_BYTES, MAX_IMPORT_ROW_DEPTH } from "../../../../src/limits";

function streamOf(bytes: Uint8Array, chunkBytes: number): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= bytes.length) return controller.close();
      controller.enqueue(bytes.slice(at, at + chunkBytes));
      at += chunkBytes;
    },
  });
}

/** The elements, then the code of the problem that ended them, if one did. */
async function cut(file: string | Uint8Array, chunkBytes = 7): Promise<(RecordText | string)[]> {
  const bytes = typeof file === "string" ? new TextEncoder().encode(file) : file;
  const found: (RecordText | string)[] = [];
  try {
    for await (const element of elementsOf(streamOf(bytes, chunkBytes))) found.push(element);
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    found.push(error.problem.code);
  }
  return found;
}

const texts = (...elements: string[]) => elements.map((text) => ({ text }));
const nested = (levels: number) => "[".repeat(levels) + "]".repeat(levels);

describe("elements of an array", () => {
  it.each([
    ["[]", []],
    [" [ \r\n\t ] \n", []],
    ["[1]", ["1"]],
    ['["a,b]","c\\"],[",  "\\\\" ,"é🚀"]', ['"a,b]"', '"c\\"],["', '"\\\\" ', '"é🚀"']],
    ['[{"a":[1,{"b":[]}],"c":"}"},[[],[2]]]', ['{"a":[1,{"b":[]}],"c":"}"}', "[[],[2]]"]],
    ["\n[\n  {},\n  {}\n]\n", ["{}", "{}\n"]],
    ["\ufeff [1,2]", ["1", "2"]],
  ])("%j", async (file, elements) => {
    for (const chunkBytes of [1, 2, 3, 100]) expect(await cut(file, chunkBytes)).toEqual(texts(...elements));
  });

  it("are cut the same wherever the chunks end, however the array is written", async () => {
    const values = fc.array(fc.jsonValue({ maxDepth: 5 }));
    const space = fc.constantFrom(undefined, 1, "\t");
    const chunk = fc.integer({ min: 1, max: 20 });
    await fc.assert(
      fc.asyncProperty(values, space, chunk, async (written, indent, chunkBytes) => {
        const found = await cut(JSON.stringify(written, null, indent), chunkBytes);
        const read = found.map((one) =>
          typeof one === "object" && "text" in one ? JSON.parse(one.text) : one,
        );
        expect(read).toEqual(JSON.parse(JSON.stringify(written)));
      }),
    );
  });

  it("may be nothing where there should be one: that is not JSON, and its reader's to tell", async () => {
    expect(await cut("[1,]")).toEqual(texts("1", ""));
    expect(await cut("[,]")).toEqual(texts("", ""));
    expect(await cut("[}, 1 2]")).toEqual(texts("}", "1 2"));
  });

  it("that are too long, too deep or not UTF-8 are faults of their own", async () => {
    const long = `"${"x".repeat(MAX_IMPORT_ROW_BYTES)}"`;
    const fits = `"${"y".repeat(MAX_IMPORT_ROW_BYTES - 2)}"`;
    const [deep, deepest] = [nested(MAX_IMPORT_ROW_DEPTH + 1), nested(MAX_IMPORT_ROW_DEPTH)];
    expect(await cut(`[${[long, fits, deep, deepest, nested(100_000), "1"].join(",")}]`, 1000)).toEqual([
      { fault: "too_long" },
      { text: fits },
      { fault: "too_deep" },
      { text: deepest },
      { fault: "too_long" },
      { text: "1" },
    ]);
    const bytes = new Uint8Array([0x5b, 0x22, 0xff, 0x22, 0x2c, 0x31, 0x5d]);
    expect(await cut(bytes)).toEqual([{ fault: "not_utf8" }, { text: "1" }]);
  });

  it.each([
    ["", ["malformed_json"]],
    ["[", ["malformed_json"]],
    ["[1", ["malformed_json"]],
    ["[1,2", [{ text: "1" }, "malformed_json"]],
    ['[1,"2]', [{ text: "1" }, "malformed_json"]],
    ["[1]]", [{ text: "1" }, "malformed_json"]],
    ["[] []", ["malformed_json"]],
    ["oops", ["malformed_json"]],
    ["1 [2]", ["malformed_json"]],
    ["true", ["validation_failed"]],
    ['{"a":[1]}', ["validation_failed"]],
  ])("of what is no array: %j", async (file, found) => {
    for (const chunkBytes of [1, 2, 3, 100]) expect(await cut(file, chunkBytes)).toEqual(found);
  });

  it.each([[[0xef, 0x5b, 0x5d]], [[0xef, 0xbb, 0x5b, 0x5d]], [[0xff, 0x5b, 0x5d]]])(
    "%j begins with no byte order mark and with nothing else",
    async (bytes) => {
      for (const chunkBytes of [1, 100])
        expect(await cut(new Uint8Array(bytes), chunkBytes)).toEqual(["malformed_json"]);
    },
  );

  it("of what is no array, and too long to be looked at", async () => {
    expect(await cut(`"${"x".repeat(MAX_IMPORT_ROW_BYTES)}"`, 1000)).toEqual(["validation_failed"]);
  });

  it("stop where the upload passes its limit", async () => {
    expect(await cut(`[1${" ".repeat(MAX_IMPORT_BYTES)}`, 65_536)).toEqual(["body_too_large"]);
  });
});
