/** Verifies products by themselves: a sample every hour, round and round, and every minute those whose events would not drain. */
import { productsOfRound } from "../d1/product-slices";
import { verifyProducts } from "../verify/verify-products";
import type { Verification } from "../verify/verify-product";
import { D1_TIMEOUT_MS, MAX_LAGGING_VERIFIED, VERIFY_SAMPLE } from "../limits";
import { logDifference, logError } from "../telemetry/log";
import { withTimeout } from "../timeout";

/** Answers how many differences were found. Never rejects. */
export function verifySample(env: Env, nowMs: number): Promise<number> {
  const hour = Math.floor(nowMs / 3_600_000);
  return verifyAndLog(env, () =>
    withTimeout(productsOfRound(env.BOOK, VERIFY_SAMPLE, hour), D1_TIMEOUT_MS, "D1"),
  );
}

/** Products that were behind when they were woken. Answers how many differences were found. Never rejects. */
export function verifyLagging(env: Env, productIds: readonly string[]): Promise<number> {
  return verifyAndLog(env, () => productIds.slice(0, MAX_LAGGING_VERIFIED));
}

async function verifyAndLog(env: Env, choose: () => string[] | Promise<string[]>): Promise<number> {
  try {
    const verified = await verifyProducts(env.BOOK, await choose(), (id) => env.PRODUCT.getByName(id));
    for (const { productId, verification, failure } of verified) {
      if (failure !== undefined) logError("product not verified", failure, { productId });
      else if (verification) logDifferences(verification);
    }
    return verified.reduce((sum, { verification }) => sum + (verification?.differenceCount ?? 0), 0);
  } catch (error) {
    logError("verification", error);
    return 0;
  }
}

function logDifferences({ productId, version, bookVersion, differences }: Verification): void {
  for (const difference of differences) logDifference({ productId, version, bookVersion, difference });
}
