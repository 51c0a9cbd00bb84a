/** Receipts of one unit each, under keys that are asked again until they are answered, whoever dies meanwhile. */
import { setTimeout as sleep } from "node:timers/promises";
import type { ApiClient } from "../../scripts/api-client.ts";
import { startConnections } from "./connections.ts";

const CLIENTS = 2;
const PAUSE_MS = 30;
const RETRY_MS = 200;

export class SteadyChanges {
  readonly findings: string[] = [];
  /** Answered ones. */
  count = 0;
  readonly #connections;

  constructor(api: ApiClient, productIds: string[]) {
    let asked = 0;
    this.#connections = startConnections(CLIENTS, async () => {
      const key = `steady-${asked}`;
      const productId = productIds[asked % productIds.length];
      asked += 1;
      const body = { delta: 1, type: "receipt", reason: "test" };
      for (;;) {
        const request = `POST /v1/inventory/${productId}/adjust`;
        const answer = await api.ask(request, { body, key }).catch(() => undefined);
        if (answer && answer.status < 500) {
          if (answer.status === 200) this.count += 1;
          else this.findings.push(`${key}: ${JSON.stringify(answer)}`);
          break;
        }
        await sleep(RETRY_MS);
      }
      await sleep(PAUSE_MS);
    });
  }

  /** When all that was asked is answered. */
  async stop(): Promise<number> {
    await this.#connections.stop();
    return this.count;
  }
}
