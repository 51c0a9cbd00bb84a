/** Ids that examples share. Those that the service makes are the ones that `answers.json` has. */
export const SET = "75192-1";
export const OTHER_SET = "10246-1";
export const THIRD_SET = "10247-1";
export const FOURTH_SET = "10697-1";
/** None is left of it. */
export const SOLD_OUT = "21022-1";
export const NO_SET = "99999-1";
/** Made by `createInventory`, and deleted at the end. */
export const MUG = "MUG-BLUE";
/** Made by `createProduct`. */
export const POSTER = "POSTER-1";
export const PEN = "PEN-RED";

export const CART_HOLD = "75192-1~01KAMR2V6C8Q2W4E6R8T0Y2V4G";
export const PLACED_HOLD = "10247-1~01KAMR2W0M3X5Z7B9D1F3H5J7K";
export const LASTING_HOLD = "10697-1~01KAMR2W9P4Y6A8C0E2G4J6M8N";
export const NO_HOLD = "75192-1~01KAMR00000000000000000000";

export const WEBHOOK = "wh_01KAMR3A5T7V9X1Z3B5D7F9H1K";
export const NO_WEBHOOK = "wh_01KAMR00000000000000000000";
export const KEY_ID = "9f86d081884c7d65";
export const NO_KEY_ID = "0000000000000000";

export const SHOP = "berlin";
export const POP_UP = "pop-up";
