import type { Decoder } from '../../models/decoders/decoder.ts';
import { checkOptions } from '../../options.ts';
import { packIds } from '../data/packing.ts';
import { IGNORE_INDEX } from '../losses/cross-entropy.ts';
import { decoderLoss } from './decoder-loss.ts';
import { type Objective, SMOOTHING, type SmoothingOptions, type TrainingBatch } from './objective.ts';

/** Tokens of a text for {@link causalLanguageModelling}. */
export interface CausalLMExample {
  readonly ids: ArrayLike<number>;
  /** The target at each token, −100 where none: aligned with `ids`, as in Hugging Face. Default: `ids`. */
  readonly labels?: ArrayLike<number>;
}

export interface CausalLMBatch extends TrainingBatch {
  readonly ids: Int32Array;
  readonly offsets: Int32Array;
  /** The tokens with a target after them. */
  readonly rows: Int32Array;
  /** The target of each of `rows`. */
  readonly labels: Int32Array;
}

/**
 * Causal language modelling: the cross entropy of each token given those before it. The first token of a text is no target.
 *
 * Metrics in evaluation: `accuracy` of the most probable token.
 */
export function causalLanguageModelling(
  options: SmoothingOptions = {},
): Objective<Decoder, CausalLMExample, CausalLMBatch> {
  checkOptions('causalLanguageModelling', options, SMOOTHING);
  const { labelSmoothing = 0 } = options;
  return {
    name: 'causalLM',
    lengthOf: ({ ids }) => ids.length,
    collate(examples) {
      const { ids, offsets } = packIds(examples.map((example) => example.ids));
      const all = packIds(examples.map((example) => example.labels ?? example.ids)).ids;
      const rows: number[] = [];
      for (let s = 1; s < offsets.length; s++) {
        for (let i = offsets[s - 1]!; i + 1 < offsets[s]!; i++) if (all[i + 1] !== IGNORE_INDEX) rows.push(i);
      }
      return {
        ids,
        offsets,
        rows: Int32Array.from(rows),
        labels: Int32Array.from(rows, (row) => all[row + 1]!),
        tokens: ids.length,
        targets: rows.length,
      };
    },
    loss: (batch, ctx) => decoderLoss(batch, ctx, labelSmoothing),
  };
}
