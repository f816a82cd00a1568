import type { Checkpoint } from '../weights/types.ts';

/** `prefix` if tensor names of the checkpoint begin with it, else ''. Checkpoints with a head have it, those of a bare model do not. */
export function prefixOf(checkpoint: Checkpoint, prefix: string): string {
  return checkpoint.names.some((name) => name.startsWith(prefix)) ? prefix : '';
}

/** The first of `names` that the checkpoint has; `names[0]` if it has none. */
export function firstPresent(checkpoint: Checkpoint, names: readonly string[]): string {
  return names.find((name) => checkpoint.names.includes(name)) ?? names[0]!;
}

/**
 * Renames `LayerNorm.gamma` and `LayerNorm.beta` of checkpoints converted from TensorFlow, such as bert-base-uncased, to `weight` and `bias`.
 * Error messages use the names in the checkpoint.
 */
export function withCurrentNames(checkpoint: Checkpoint): Checkpoint {
  const original = new Map<string, string>();
  for (const name of checkpoint.names) {
    const current = name
      .replace(/\.LayerNorm\.gamma$/, '.LayerNorm.weight')
      .replace(/\.LayerNorm\.beta$/, '.LayerNorm.bias');
    original.set(current, name);
  }
  // A checkpoint with both spellings of a name is left as it is: renaming would lose one of them.
  if (original.size !== checkpoint.names.length) return checkpoint;
  const nameOf = (name: string) => original.get(name) ?? name;
  return {
    names: [...original.keys()],
    info: (name) => checkpoint.info(nameOf(name)),
    read: (name, slice) => checkpoint.read(nameOf(name), slice),
  };
}
