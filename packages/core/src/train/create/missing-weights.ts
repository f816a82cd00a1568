import { withCurrentNames } from '../../models/checkpoint-names.ts';
import { checkpointOf, type StateDict } from '../../nn/torch/state-dict.ts';
import type { Checkpoint } from '../../weights/types.ts';
import { type CreateStateDictOptions, initialCheckpoint } from './create-model.ts';

/**
 * A checkpoint with random weights for the tensors that it lacks of a model, such as those of a new task head. They are those of
 * {@link createStateDict}, under names with the checkpoint's prefix.
 *
 * ```ts
 * const config = { ...configJson, id2label: { 0: 'question', 1: 'answer' } };
 * const taskHeads = ['sequenceClassification'] as const;
 * const trainable = await openTrainable(backend, config, initializeMissing(checkpoint, config, { taskHeads }), { taskHeads });
 * ```
 *
 * Throws `ConfigError` for an unsupported architecture and for invalid values.
 */
export function initializeMissing(
  weights: StateDict,
  configJson: unknown,
  options: CreateStateDictOptions = {},
): Checkpoint {
  const checkpoint = withCurrentNames(checkpointOf(weights));
  const initial = initialCheckpoint(configJson, options);
  const known = new Set(checkpoint.names);
  const withoutPrefix = (name: string) => name.slice(name.indexOf('.') + 1);
  // Checkpoints of a model without a head lack the prefix, for example bert.
  const bare = initial.names.find((name) => !known.has(name) && known.has(withoutPrefix(name)));
  const prefix = bare?.slice(0, bare.indexOf('.') + 1);
  const added = new Map<string, string>();
  for (const name of initial.names) {
    const own = prefix !== undefined && name.startsWith(prefix) ? name.slice(prefix.length) : name;
    if (!known.has(own)) added.set(own, name);
  }
  return {
    names: [...checkpoint.names, ...added.keys()],
    info: (name) => {
      const initialName = added.get(name);
      return initialName === undefined ? checkpoint.info(name) : initial.info(initialName);
    },
    read: (name, slice) => {
      const initialName = added.get(name);
      return initialName === undefined ? checkpoint.read(name, slice) : initial.read(initialName, slice);
    },
  };
}
