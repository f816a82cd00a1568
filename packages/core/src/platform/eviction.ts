/** Files that another process or page used in this time may be in use there. */
export const IN_USE_MS = 60 * 1000;

/** When this process used files last, by an id of their version: their own uses do not keep files. */
const usedHere = new Map<string, number>();

/** Remembers that this process has set the time of the last use of a file to `time`. */
export function rememberUse(id: string, time: number): void {
  usedHere.set(id, time);
}

/** Whether another process or page used a file a short time ago. */
export function isUsedElsewhere(id: string, lastUsed: number): boolean {
  // File systems round times.
  return Date.now() - lastUsed < IN_USE_MS && Math.abs(lastUsed - (usedHere.get(id) ?? 0)) > 10;
}
