import { ConfigError } from '../../errors.ts';
import type { RecurrentNetwork } from '../../models/recurrent/recurrent-seq2seq.ts';
import type { TokenBatch } from '../../models/token-batch.ts';
import { checkOptions, type OptionNames } from '../../options.ts';
import { packIds, packTokens } from '../data/packing.ts';
import { crossEntropy } from '../losses/cross-entropy.ts';
import { countCorrect } from './metrics.ts';
import { type Objective, SMOOTHING, type SmoothingOptions, type TrainingBatch } from './objective.ts';
import type { Seq2SeqLMExample } from './seq2seq-lm.ts';

export interface RecurrentSeq2SeqOptions extends SmoothingOptions {
  /**
   * Scheduled sampling (Bengio et al. 2015, https://arxiv.org/abs/1506.03099): the probability with which a step of the decoder reads its own argmax of
   * the step before instead of the target; in training only. 0, the default, is teacher forcing.
   */
  readonly samplingProbability?: number;
}

export interface RecurrentSeq2SeqBatch extends TrainingBatch {
  readonly source: TokenBatch;
  /** The target tokens of all examples. */
  readonly labels: Int32Array;
  readonly offsets: Int32Array;
  /** With a sampling probability: for each label, whether its step reads the model's own token. */
  readonly sampled?: Uint8Array;
}

/**
 * Training of a recurrent encoder–decoder: the cross entropy of each target token given the source and the target tokens before it (teacher forcing).
 * The first input of the decoder is `bos_token_id` of config.json; the labels end with `eos_token_id`. Labels of −100 are not supported.
 *
 * Metrics in evaluation: `accuracy` of the most probable token.
 *
 * Throws `ConfigError` for a probability that does not lie in 0 … 1.
 */
export function recurrentSeq2SeqModelling(
  options: RecurrentSeq2SeqOptions = {},
): Objective<RecurrentNetwork, Seq2SeqLMExample, RecurrentSeq2SeqBatch> {
  checkOptions('recurrentSeq2SeqModelling', options, {
    ...SMOOTHING,
    samplingProbability: 'numeric',
  } satisfies OptionNames<RecurrentSeq2SeqOptions>);
  const { labelSmoothing = 0, samplingProbability = 0 } = options;
  if (!(samplingProbability >= 0 && samplingProbability <= 1)) {
    throw new ConfigError(
      `recurrentSeq2Seq: samplingProbability must lie in 0 … 1, got ${samplingProbability}`,
    );
  }
  return {
    name: 'recurrentSeq2Seq',
    lengthOf: ({ ids, labels }) => ids.length + labels.length,
    collate(examples, random) {
      const source = packTokens(examples.map(({ ids }) => ({ ids })));
      const { ids: labels, offsets } = packIds(examples.map((example) => example.labels));
      return {
        source,
        labels,
        offsets,
        tokens: source.ids.length + labels.length,
        targets: labels.length,
        ...(samplingProbability > 0 && {
          sampled: Uint8Array.from(labels, () => (random.next() < samplingProbability ? 1 : 0)),
        }),
      };
    },
    loss({ source, labels, offsets, sampled }, ctx) {
      const { model, backend, training } = ctx;
      const { targetVocabSize } = model.sizes;
      const wrong = labels.find((id) => !(id >= 0 && id < targetVocabSize));
      if (wrong !== undefined) {
        throw new ConfigError(
          `recurrentSeq2Seq: labels must lie in 0 … ${targetVocabSize - 1}, got ${wrong}`,
        );
      }
      const targets = Array.from({ length: offsets.length - 1 }, (_, s) =>
        labels.subarray(offsets[s], offsets[s + 1]),
      );
      const logits = ctx.run(source.offsets, function* (forward) {
        const request = { ids: source.ids, targets, sampled: training ? sampled : undefined };
        return (yield* model.forced(forward, request)).logits;
      });
      if (!training) countCorrect(ctx, logits, labels);
      return crossEntropy(backend, logits, labels, training ? { labelSmoothing } : {});
    },
  };
}
