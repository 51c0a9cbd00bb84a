/** The keys of the Workers that are measured. */
export const API_KEY = "demo";
export const ADMIN_KEY = "admin-demo";
