import type { Checkpoint } from '../weights/types.ts';

/** `prefix` if the checkpoint's names carry it: checkpoints of a bare encoder leave it out, those with heads have it. */
export function prefixOf(checkpoint: Checkpoint, prefix: string): string {
  return checkpoint.names.some((name) => name.startsWith(prefix)) ? prefix : '';
}

/** The first of several names of one tensor that the checkpoint has; the first of all if it has none. */
export function firstPresent(checkpoint: Checkpoint, names: readonly string[]): string {
  return names.find((name) => checkpoint.names.includes(name)) ?? names[0]!;
}
