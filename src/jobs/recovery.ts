/** Every minute: a book that has fallen back behind what was handed out of it is rebuilt, and a rebuilding goes on. */
import { RECOVERY_CALL_TIMEOUT_MS } from "../limits/recovery";
import { logError } from "../telemetry/log";
import { withTimeout } from "../timeout";

/** Never rejects: what fails is logged, and the next minute comes. */
export async function checkBook(env: Env): Promise<void> {
  try {
    const check = env.RECOVERY.getByName("recovery").check();
    await withTimeout(check, RECOVERY_CALL_TIMEOUT_MS, "the recovery");
  } catch (error) {
    logError("book not checked", error);
  }
}
