/** What is measured, for whoever scrapes it. */
import { PROMETHEUS_TYPES, prometheusContentType, prometheusText } from "../../telemetry/prometheus";
import { METER_CALL_TIMEOUT_MS } from "../../limits/metrics";
import { withTimeout } from "../../timeout";
import { bodyAnswer } from "../answers";
import { orOverloaded } from "../clients/reach";
import { route, routesOf } from "../route";
import * as z from "../zod";

export const METRICS_ROUTES = routesOf("Operation", {
  readMetrics: route({
    at: "GET /metrics",
    summary: "Read metrics",
    scope: "metrics",
    produces: PROMETHEUS_TYPES,
    answers: {
      200: {
        description: "Prometheus text 0.0.4 or OpenMetrics 1.0",
        schema: z.string(),
        types: PROMETHEUS_TYPES,
      },
    },
    handle: async (call) => {
      const asked = Promise.resolve(call.env.METER.getByName("meter").snapshot());
      const snapshot = await orOverloaded(withTimeout(asked, METER_CALL_TIMEOUT_MS, "Meter"));
      const type = PROMETHEUS_TYPES.find((one) => one === call.mediaType) ?? PROMETHEUS_TYPES[0];
      const headers = { "Content-Type": prometheusContentType(type) };
      return bodyAnswer(call, prometheusText(snapshot, type), { headers });
    },
  }),
});
