/** Whether each part of the service answers. `/health` says whether the Worker does, and asks nothing. */
import { jsonAnswer } from "../answers";
import { route, routesOf } from "../route";
import { healthReport, reportHealth } from "./report";

export const HEALTH_ROUTES = routesOf("Operation", {
  readDetailedHealth: route({
    at: "GET /health/detailed",
    summary: "Read how each part is",
    scope: "stock:read",
    answers: {
      200: { description: "`healthy` or `degraded`", schema: healthReport },
      503: { description: "`unhealthy`: the book or the objects do not answer", schema: healthReport },
    },
    handle: async (call) => {
      const report = await reportHealth(call.env);
      return jsonAnswer(call, report, { status: report.status === "unhealthy" ? 503 : 200 });
    },
  }),
});
