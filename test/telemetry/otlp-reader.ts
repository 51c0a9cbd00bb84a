/**
 * A receiver's view of OTLP over HTTP in JSON: the fields of opentelemetry-proto's ExportMetricsServiceRequest that metrics need,
 * and none besides. Numbers of 64 bits are texts, as the protocol's mapping to JSON has them.
 */
import * as z from "zod";

const int64 = z.string().regex(/^\d+$/).transform(Number);
const attributes = z.array(
  z.strictObject({ key: z.string().min(1), value: z.strictObject({ stringValue: z.string() }) }),
);
const point = {
  attributes,
  startTimeUnixNano: z.string().regex(/^\d{19}$/),
  timeUnixNano: z.string().regex(/^\d{19}$/),
};
const number = z.strictObject({ ...point, asDouble: z.number() });
const histogram = z
  .strictObject({
    ...point,
    count: int64,
    sum: z.number(),
    bucketCounts: z.array(int64),
    explicitBounds: z.array(z.number()),
  })
  .refine(({ bucketCounts, explicitBounds }) => bucketCounts.length === explicitBounds.length + 1)
  .refine(({ bucketCounts, count }) => bucketCounts.reduce((sum, one) => sum + one, 0) === count);

const named = { name: z.string().min(1), description: z.string(), unit: z.string() };
const CUMULATIVE = z.literal(2);
const metric = z.union([
  z.strictObject({
    ...named,
    sum: z.strictObject({
      dataPoints: z.array(number),
      aggregationTemporality: CUMULATIVE,
      isMonotonic: z.literal(true),
    }),
  }),
  z.strictObject({ ...named, gauge: z.strictObject({ dataPoints: z.array(number) }) }),
  z.strictObject({
    ...named,
    histogram: z.strictObject({ dataPoints: z.array(histogram), aggregationTemporality: CUMULATIVE }),
  }),
]);

const request = z.strictObject({
  resourceMetrics: z.array(
    z.strictObject({
      resource: z.strictObject({ attributes }),
      scopeMetrics: z.array(
        z.strictObject({ scope: z.strictObject({ name: z.string() }), metrics: z.array(metric) }),
      ),
    }),
  ),
});

export interface OtlpPoint {
  name: string;
  labels: Record<string, string>;
  /** Of a histogram: how many were observed. */
  value: number;
}

/** Throws where it is not as the protocol has it. */
export function readOtlp(json: string): OtlpPoint[] {
  const { resourceMetrics } = request.parse(JSON.parse(json));
  const metrics = resourceMetrics
    .flatMap(({ scopeMetrics }) => scopeMetrics)
    .flatMap((scope) => scope.metrics);
  if (new Set(metrics.map(({ name }) => name)).size !== metrics.length)
    throw new Error("a metric comes twice");
  return metrics.flatMap((one) => {
    const { dataPoints } = "sum" in one ? one.sum : "gauge" in one ? one.gauge : one.histogram;
    return dataPoints.map((each) => ({
      name: one.name,
      labels: Object.fromEntries(each.attributes.map(({ key, value }) => [key, value.stringValue])),
      value: "count" in each ? each.count : each.asDouble,
    }));
  });
}
