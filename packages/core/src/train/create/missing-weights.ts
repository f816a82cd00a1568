import { withCurrentNames } from '../../models/checkpoint-names.ts';
import { checkpointOf, overlaidCheckpoint, type StateDict } from '../../nn/torch/state-dict.ts';
import { checkOptions } from '../../options.ts';
import type { Checkpoint } from '../../weights/types.ts';
import { CREATE_OPTIONS, type CreateStateDictOptions, initialCheckpoint } from './create-model.ts';

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
  checkOptions('initializeMissing', options, CREATE_OPTIONS);
  const checkpoint = withCurrentNames(checkpointOf(weights));
  const initial = initialCheckpoint(configJson, options);
  const known = new Set(checkpoint.names);
  const nameOf = namesInCheckpoint(initial.names, known);
  const added = new Map<string, string>();
  for (const name of initial.names) if (!known.has(nameOf(name))) added.set(nameOf(name), name);
  return overlaidCheckpoint(checkpoint, {
    names: [...added.keys()],
    info: (name) => initial.info(added.get(name)!),
    read: (name, slice) => initial.read(added.get(name)!, slice),
  });
}

/**
 * From the names of a new model to those in a checkpoint: one of the bare model lacks the prefix of one with a head (`bert.`), or has it where
 * the new model has no head.
 */
function namesInCheckpoint(names: readonly string[], known: ReadonlySet<string>): (name: string) => string {
  const withoutPrefix = (name: string) => name.slice(name.indexOf('.') + 1);
  const bare = names.find((name) => !known.has(name) && known.has(withoutPrefix(name)));
  if (bare !== undefined) {
    const prefix = bare.slice(0, bare.indexOf('.') + 1);
    return (name) => (name.startsWith(prefix) ? name.slice(prefix.length) : name);
  }
  const [first = ''] = names;
  const prefixed = known.has(first) ? first : [...known].find((name) => withoutPrefix(name) === first);
  const prefix = prefixed?.slice(0, -first.length) ?? '';
  return (name) => `${prefix}${name}`;
}
