/**
 * The product objects. The platform makes an object where it is first asked for, near whoever asks, and leaves it there for
 * ever; so that an import does not put every product beside the office it is run from, everyone comes by way of here.
 */
import { readConfig } from "./env";

export function productObject(env: Env, productId: string) {
  return env.PRODUCT.getByName(productId, readConfig(env).productPlacement);
}
