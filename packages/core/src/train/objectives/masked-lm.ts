import { ConfigError } from '../../errors.ts';
import type { Encoder } from '../../models/encoders/encoder.ts';
import type { TokenBatch } from '../../models/token-batch.ts';
import { checkOption, type OptionNames, requireOptions } from '../../options.ts';
import type { Random } from '../../platform/random.ts';
import { packTokens, type TokenExample } from '../data/packing.ts';
import { crossEntropy } from '../losses/cross-entropy.ts';
import { countCorrect } from './metrics.ts';
import { type Objective, SMOOTHING, type SmoothingOptions, type TrainingBatch } from './objective.ts';

export interface MaskedLMOptions extends SmoothingOptions {
  /** Id of `[MASK]`. */
  readonly maskTokenId: number;
  /** Ids below this replace 10 % of the chosen tokens. */
  readonly vocabSize: number;
  /** Special tokens, which are never targets. */
  readonly specialTokenIds: readonly number[];
  /** Probability of a token to be a target. Default 0.15. */
  readonly probability?: number;
}

export interface MaskedLMBatch extends TokenBatch, TrainingBatch {
  /** The tokens to predict. */
  readonly rows: Int32Array;
  /** Their original ids. */
  readonly labels: Int32Array;
}

const OPTIONS = {
  ...SMOOTHING,
  maskTokenId: 'numeric',
  vocabSize: 'numeric',
  specialTokenIds: true,
  probability: 'numeric',
} satisfies OptionNames<MaskedLMOptions>;

/**
 * Masked language modelling (Devlin et al. 2019, https://arxiv.org/abs/1810.04805, §3.1), as Hugging Face's
 * `DataCollatorForLanguageModeling`: each token is a target with probability 0.15; of the targets, 80 % are replaced by `[MASK]`, 10 % by a
 * random token, and 10 % stay. Tokens are chosen anew in each epoch.
 *
 * Metrics in evaluation: `accuracy` of the most probable token.
 */
export function maskedLanguageModelling(
  options: MaskedLMOptions,
): Objective<Encoder, TokenExample, MaskedLMBatch> {
  const maskTokens = tokenMasking('maskedLanguageModelling', options);
  const { labelSmoothing = 0 } = options;
  return {
    name: 'maskedLM',
    lengthOf: ({ ids }) => ids.length,
    collate(examples, random) {
      const batch = packTokens(examples);
      const { rows, labels } = maskTokens(batch.ids, random);
      return { ...batch, rows, labels, tokens: batch.ids.length, targets: rows.length };
    },
    loss(batch, ctx) {
      const { backend, model, training } = ctx;
      const { offsets, rows, labels } = batch;
      const logits = ctx.run(offsets, function* (forward) {
        const hidden = yield* model.forward(forward, batch);
        return yield* model.taskHead(forward, 'maskedLM', hidden, rows);
      });
      if (!training) countCorrect(ctx, logits, labels);
      return crossEntropy(backend, logits, labels, training ? { labelSmoothing } : {});
    },
  };
}

/**
 * A function that chooses the targets of masked language modelling among packed `ids`, replaces them there, and returns their rows and original
 * ids. Throws `ConfigError` for a probability out of range.
 */
export function tokenMasking(
  task: string,
  options: MaskedLMOptions,
): (ids: Int32Array, random: Random) => Pick<MaskedLMBatch, 'rows' | 'labels'> {
  requireOptions(task, options, OPTIONS);
  const { maskTokenId, vocabSize, specialTokenIds, probability = 0.15 } = options;
  checkOption(task, 'maskTokenId', maskTokenId, 'whole');
  checkOption(task, 'vocabSize', vocabSize, 'count');
  checkOption(task, 'specialTokenIds', specialTokenIds, 'list');
  if (!(probability > 0 && probability <= 1)) {
    throw new ConfigError(`maskedLM: probability must be above 0 and at most 1, got ${probability}`);
  }
  const special = new Set(specialTokenIds);
  return (ids, random) => {
    const rows: number[] = [];
    const labels: number[] = [];
    for (const [row, id] of ids.entries()) {
      if (special.has(id) || random.next() >= probability) continue;
      rows.push(row);
      labels.push(id);
      const kind = random.next();
      if (kind < 0.8) ids[row] = maskTokenId;
      else if (kind < 0.9) ids[row] = Math.floor(random.next() * vocabSize);
    }
    return { rows: Int32Array.from(rows), labels: Int32Array.from(labels) };
  };
}
