/** Where the icons are: the build knows its name. */
declare const SPRITE_URL: string;
