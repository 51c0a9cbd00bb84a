/**
 * The requests of the load, by name: each maker takes plain options and gives a function from the number of a
 * request to its bytes. They are made in the thread that sends them, so only names and options cross over.
 */

const HEAD_END = "\r\nHost: bench\r\n";

/** @typedef {(index: number) => string} NextRequest */

/** @type {Record<string, (options: any) => NextRequest>} */
export const makers = {
  /** `paths`: asked in turn. @param {{ paths: string[], apiKey?: string, headers?: string }} options */
  get({ paths, apiKey, headers = "" }) {
    const key = apiKey === undefined ? "" : `X-API-Key: ${apiKey}\r\n`;
    const requests = paths.map((path) => `GET ${path} HTTP/1.1${HEAD_END}${key}${headers}\r\n`);
    return (index) => requests[index % requests.length] ?? "";
  },

  /**
   * One unit for an order of its own, under a key of its own.
   * @param {{ paths: string[], apiKey: string, run: string }} options
   */
  reserve({ paths, apiKey, run }) {
    const heads = paths.map(
      (path) => `POST ${path} HTTP/1.1${HEAD_END}X-API-Key: ${apiKey}\r\nContent-Type: application/json\r\n`,
    );
    return (index) => {
      const body = `{"quantity":1,"orderId":"${run}-${index}"}`;
      const own = `Idempotency-Key: ${run}-${index}\r\nContent-Length: ${body.length}\r\n\r\n`;
      return (heads[index % heads.length] ?? "") + own + body;
    };
  },
};
