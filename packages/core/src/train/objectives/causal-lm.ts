import type { Decoder } from '../../models/decoders/decoder.ts';
import { countingRows } from '../../nn/run/forward.ts';
import { packIds } from '../data/packing.ts';
import { crossEntropy } from '../losses/cross-entropy.ts';
import { openTrainingCache } from './decoder-cache.ts';
import { countCorrect } from './metrics.ts';
import type { Objective, SmoothingOptions, TrainingBatch } from './objective.ts';

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
  const { labelSmoothing = 0 } = options;
  return {
    name: 'causalLM',
    lengthOf: ({ ids }) => ids.length,
    collate(examples) {
      const { ids, offsets } = packIds(examples.map((example) => example.ids));
      const all = packIds(examples.map((example) => example.labels ?? example.ids)).ids;
      const rows: number[] = [];
      for (let s = 1; s < offsets.length; s++) {
        for (let i = offsets[s - 1]!; i + 1 < offsets[s]!; i++) if (all[i + 1] !== IGNORED) rows.push(i);
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
    loss({ ids, offsets, rows, labels }, ctx) {
      const { backend, model, training } = ctx;
      const count = offsets.length - 1;
      const cache = openTrainingCache(model, backend, offsets);
      try {
        const batch = { ids, offsets, slots: countingRows(count), starts: new Int32Array(count) };
        const logits = ctx.run(offsets, (forward) => model.forward(forward, batch, cache, rows));
        if (!training) countCorrect(ctx, logits, labels);
        return crossEntropy(backend, logits, labels, training ? { labelSmoothing } : {});
      } finally {
        cache.release();
      }
    },
  };
}

/** The label of tokens that are no targets. */
const IGNORED = -100;
