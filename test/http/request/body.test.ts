import { describe, expect, it } from "vitest";
import { readCounted, readJson, requireType } from "../../../src/http/request/body";
import { ProblemError } from "../../../src/http/problem";

const JSON_TYPE = { "Content-Type": "application/json" };
/** `{"name":"?"}` with these bytes for the name. */
function naming(...bytes: number[]): Uint8Array<ArrayBuffer> {
  const encoder = new TextEncoder();
  return new Uint8Array([...encoder.encode('{"name":"'), ...bytes, ...encoder.encode('"}')]);
}

/** With its length declared, or streamed without. */
function request(bytes: Uint8Array<ArrayBuffer>, declared: boolean): Request {
  const length = declared ? { "Content-Length": String(bytes.length) } : {};
  const body = declared ? bytes : new Blob([bytes]).stream();
  return new Request("https://h/", { method: "POST", body, headers: { ...JSON_TYPE, ...length } });
}

async function problemOf(work: Promise<unknown>): Promise<string> {
  try {
    return `taken: ${JSON.stringify(await work)}`;
  } catch (error) {
    if (error instanceof ProblemError) return error.problem.code;
    throw error;
  }
}

const BAD: [what: string, bytes: number[]][] = [
  ["Latin-1", [0xe9]],
  ["a character cut short", [0xe2, 0x82]],
  ["a surrogate written out", [0xed, 0xa0, 0x80]],
  ["an overlong form", [0xc0, 0xaf]],
  ["a byte that never stands", [0xff]],
];

describe("a JSON body", () => {
  it.each(BAD.flatMap(([what, bytes]) => [true, false].map((declared) => ({ what, bytes, declared }))))(
    "with $what is not UTF-8 (declared length: $declared)",
    async ({ bytes, declared }) => {
      expect(await problemOf(readJson(request(naming(...bytes), declared)))).toBe("malformed_json");
    },
  );

  it("is read as ever after one that was not UTF-8", async () => {
    for (const bytes of [[0xe2, 0x82], [0x41]]) {
      const read = problemOf(readJson(request(naming(...bytes), true)));
      expect(await read).toBe(bytes[0] === 0x41 ? 'taken: {"name":"A"}' : "malformed_json");
    }
  });

  it.each([true, false])("may begin with a byte order mark (declared length: %s)", async (declared) => {
    const bytes = new Uint8Array([0xef, 0xbb, 0xbf, ...naming(0xc3, 0xa9)]);
    expect(await readJson(request(bytes, declared))).toEqual({ name: "é" });
  });

  it("is read over the edge of its chunks", async () => {
    const whole = naming(0xe2, 0x82, 0xac);
    const chunks = [...whole].map((byte) => new Uint8Array([byte]));
    const stream = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        const chunk = chunks.shift();
        if (chunk) controller.enqueue(chunk);
        else controller.close();
      },
    });
    expect(await readCounted(stream, 100)).toBe('{"name":"€"}');
  });

  it("of no bytes is as good as none, whatever type it is said to have", async () => {
    const headers = { "Content-Type": "application/x-www-form-urlencoded", "Content-Length": "0" };
    const nothing = new Request("https://h/", { method: "POST", body: "", headers });
    expect(await readJson(nothing)).toBeUndefined();
  });
});

describe("a media type", () => {
  const typeOf = (declared: string) =>
    requireType(new Headers({ "Content-Type": declared }), ["application/json", "text/csv"]);

  it.each([
    "application/json",
    "Application/JSON",
    "application/json; charset=utf-8",
    'application/json;charset="UTF-8"',
    "application/json ; profile=x; Charset=utf8",
  ])("%s is read", (declared) => {
    expect(typeOf(declared)).toBe("application/json");
  });

  it.each([
    "application/json; charset=iso-8859-1",
    "application/json; charset=utf-16",
    "application/json; charset=us-ascii",
    "text/csv; charset=windows-1252",
    "application/json; charset=",
    "text/plain",
    "",
  ])("%j is not", (declared) => {
    expect(() => typeOf(declared)).toThrow(ProblemError);
  });
});
