/** Every operation's place in the document: in this order, which is a newcomer's. A new one does not compile until it has its own. */
import type { OperationId } from "../routes";
import { CATALOG_OPERATIONS } from "./catalog";
import { EVENT_OPERATIONS } from "./events";
import type { OperationReference } from "./example";
import { OPERATION_OPERATIONS } from "./operation";
import { PLACE_OPERATIONS } from "./places";
import { RESERVATION_OPERATIONS } from "./reservations";
import { STOCK_OPERATIONS } from "./stock";

export const OPERATIONS: Record<OperationId, OperationReference> = {
  ...RESERVATION_OPERATIONS,
  ...STOCK_OPERATIONS,
  ...CATALOG_OPERATIONS,
  ...EVENT_OPERATIONS,
  ...PLACE_OPERATIONS,
  ...OPERATION_OPERATIONS,
};
