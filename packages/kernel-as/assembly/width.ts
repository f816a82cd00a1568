/**
 * Whether this is the module of wide tiles (wide.ts), for engines that join neighbouring operations of 128 bits to 256: scripts/modules.mjs
 * defines `WIDE_TILES` for it. Everywhere else those tiles take more registers than there are.
 */
// @ts-ignore: decorator
@inline
export const WIDE: bool = isDefined(WIDE_TILES);
