/** Reports to the Meter how many listen at a shard: when that changes, and from time to time. What is lost is reported the next time. */
import { HUB_GAUGE_SPACING_MS, METER_CALL_TIMEOUT_MS } from "../../limits/metrics";
import type { LabelsOf } from "../../telemetry/instruments";
import { keyOf } from "../../telemetry/series";
import { withTimeout } from "../../timeout";
import { Pump } from "../flow/pump";

type Audience = LabelsOf<"holdfast_hub_listeners">["to"];

export function listenerGauge(
  env: Env,
  shard: string,
  listeners: () => Partial<Record<Audience, number>>,
): Pump {
  const pass = async () => {
    const gauges = Object.entries(listeners()).map(([to, number]): [string, number] => [
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- names of a literal's fields
      keyOf("holdfast_hub_listeners", { to: to as Audience }),
      number,
    ]);
    const reported = Promise.resolve(env.METER.getByName("meter").measured(`hub:${shard}`, gauges));
    await withTimeout(reported, METER_CALL_TIMEOUT_MS, "Meter");
    return undefined;
  };
  return new Pump({ pass, gatherMs: HUB_GAUGE_SPACING_MS, spacingMs: HUB_GAUGE_SPACING_MS });
}
