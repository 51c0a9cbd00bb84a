/** One per order id: the durable decision of an order over several products. */
import { DurableObject } from "cloudflare:workers";

export class OrderObject extends DurableObject<Env> {}
