import type { Checkpoint } from '../weights/types.ts';

/** `prefix` if tensor names of the checkpoint begin with it, else ''. Checkpoints with a head have it, those of a bare model do not. */
export function prefixOf(checkpoint: Checkpoint, prefix: string): string {
  return checkpoint.names.some((name) => name.startsWith(prefix)) ? prefix : '';
}

/** The first of `names` that the checkpoint has; `names[0]` if it has none. */
export function firstPresent(checkpoint: Checkpoint, names: readonly string[]): string {
  return names.find((name) => checkpoint.names.includes(name)) ?? names[0]!;
}
