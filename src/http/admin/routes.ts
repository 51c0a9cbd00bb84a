/** For whoever runs the shop, and for the engineer on call. */
import { ADMIN_PRODUCT_ROUTES } from "./products";
import { VERIFICATION_ROUTES } from "./verification";

export const ADMIN_ROUTES = [...ADMIN_PRODUCT_ROUTES, ...VERIFICATION_ROUTES];
