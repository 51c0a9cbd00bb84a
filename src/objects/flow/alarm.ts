/**
 * The one alarm of an object, and all that it is for. It only ever moves to an earlier moment, and never to one that has
 * passed, since that one would not fire.
 */
import { logError } from "../../telemetry/log";

export class Alarm {
  /** null: it is not set, as far as is known here. */
  #armedAt: number | null = null;

  /** `dueAt`: the moments at which there is something to do, null where there is not. */
  constructor(
    private readonly storage: Pick<DurableObjectStorage, "getAlarm" | "setAlarm">,
    private readonly dueAt: () => (number | null)[],
  ) {}

  /** After a start: nothing is lost if the alarm is there, and it is not put off; if it is gone, it is set again. */
  async recover(): Promise<void> {
    this.#armedAt = await this.storage.getAlarm();
    this.arm();
  }

  arm(): void {
    const due = this.dueAt().filter((at) => at !== null);
    if (due.length === 0) return;
    const at = Math.min(...due);
    if (this.#armedAt !== null && this.#armedAt <= at) return;
    this.#armedAt = Math.max(at, Date.now() + 1);
    void this.storage.setAlarm(this.#armedAt).catch((error: unknown) => {
      this.#armedAt = null;
      logError("alarm not set", error);
    });
  }

  /** What the alarm is for, and then its next time. Never rejects: an alarm that fails six times is dropped by the platform. */
  async run(work: () => Promise<void>, facts: Record<string, string>): Promise<void> {
    // Until it ends the platform runs it again after a crash; nothing needs to be armed meanwhile.
    this.#armedAt = Number.NEGATIVE_INFINITY;
    await work().catch((error: unknown) => logError("alarm", error, facts));
    this.#armedAt = null;
    this.arm();
  }

  /** Everything that was stored is about to go, the alarm with it. */
  forget(): void {
    this.#armedAt = null;
  }
}
