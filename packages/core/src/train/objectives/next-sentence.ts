import type { Encoder } from '../../models/encoders/encoder.ts';
import type { TokenBatch } from '../../models/token-batch.ts';
import { checkOptions } from '../../options.ts';
import { packTokens, type TokenExample } from '../data/packing.ts';
import { crossEntropy } from '../losses/cross-entropy.ts';
import { type MaskedLMOptions, tokenMasking } from './masked-lm.ts';
import { countCorrect } from './metrics.ts';
import { type Objective, SMOOTHING, type SmoothingOptions, type TrainingBatch } from './objective.ts';

/** Two sentences as one sequence, and whether the second follows the first. */
export interface NextSentenceExample extends TokenExample {
  readonly isNext: boolean;
}

export interface NextSentenceBatch extends TokenBatch, TrainingBatch {
  /** `[sequences]`: 0 if the second sentence follows the first, else 1, as in Hugging Face's `next_sentence_label`. */
  readonly nextSentenceLabels: Int32Array;
}

export interface BertPreTrainingBatch extends NextSentenceBatch {
  /** The masked tokens. */
  readonly rows: Int32Array;
  /** Their original ids. */
  readonly labels: Int32Array;
}

const lengthOf = ({ ids }: NextSentenceExample) => ids.length;

function packPairs(examples: readonly NextSentenceExample[]): NextSentenceBatch {
  const batch = packTokens(examples);
  const nextSentenceLabels = Int32Array.from(examples, ({ isNext }) => (isNext ? 0 : 1));
  return { ...batch, nextSentenceLabels, tokens: batch.ids.length, targets: examples.length };
}

/**
 * Next sentence prediction (Devlin et al. 2019, https://arxiv.org/abs/1810.04805, §3.1), as Hugging Face's `BertForNextSentencePrediction`: the
 * cross entropy of whether the second sentence of each pair follows the first, from the head `nextSentence`.
 *
 * Metrics in evaluation: `accuracy`.
 */
export function nextSentencePrediction(
  options: SmoothingOptions = {},
): Objective<Encoder, NextSentenceExample, NextSentenceBatch> {
  checkOptions('nextSentencePrediction', options, SMOOTHING);
  const { labelSmoothing = 0 } = options;
  return {
    name: 'nextSentence',
    lengthOf,
    collate: packPairs,
    loss(batch, ctx) {
      const { backend, model, training } = ctx;
      const logits = ctx.run(batch.offsets, function* (forward) {
        const hidden = yield* model.forward(forward, batch);
        return yield* model.taskHead(forward, 'nextSentence', hidden);
      });
      if (!training) countCorrect(ctx, logits, batch.nextSentenceLabels);
      return crossEntropy(backend, logits, batch.nextSentenceLabels, training ? { labelSmoothing } : {});
    },
  };
}

/**
 * The pre-training of BERT (Devlin et al. 2019, https://arxiv.org/abs/1810.04805, §3.1 and A.2), as Hugging Face's `BertForPreTraining`: the mean
 * cross entropy of the masked tokens (see {@link maskedLanguageModelling}) plus the mean cross entropy of next sentence prediction, from the heads
 * `maskedLM` and `nextSentence` over one forward pass.
 *
 * The `targets` of a batch are its pairs: with `gradientAccumulation` the losses of the batches are weighted by their numbers of pairs. A batch in
 * which no token is masked has the loss of next sentence prediction alone. `labelSmoothing` is that of the masked tokens.
 *
 * Metrics in evaluation: `accuracy` of the masked tokens, `maskedLoss`; `nextSentenceAccuracy`, `nextSentenceLoss`.
 */
export function bertPreTraining(
  options: MaskedLMOptions,
): Objective<Encoder, NextSentenceExample, BertPreTrainingBatch> {
  const maskTokens = tokenMasking('bertPreTraining', options);
  const { labelSmoothing = 0 } = options;
  return {
    name: 'bertPreTraining',
    lengthOf,
    collate(examples, random) {
      const batch = packPairs(examples);
      return { ...batch, ...maskTokens(batch.ids, random) };
    },
    loss(batch, ctx) {
      const { backend, model, training } = ctx;
      const { offsets, rows, labels, nextSentenceLabels } = batch;
      const { masked, next } = ctx.run(offsets, function* (forward) {
        const hidden = yield* model.forward(forward, batch);
        return {
          masked: rows.length > 0 ? yield* model.taskHead(forward, 'maskedLM', hidden, rows) : undefined,
          next: yield* model.taskHead(forward, 'nextSentence', hidden),
        };
      });
      const nextLoss = crossEntropy(backend, next, nextSentenceLabels);
      const maskedLoss = masked && crossEntropy(backend, masked, labels, training ? { labelSmoothing } : {});
      if (!training) {
        const pairs = nextSentenceLabels.length;
        countCorrect(ctx, next, nextSentenceLabels, 'nextSentenceAccuracy');
        ctx.addMetric('nextSentenceLoss', backend.read(nextLoss)[0]! * pairs, pairs);
        if (masked && maskedLoss) {
          countCorrect(ctx, masked, labels);
          ctx.addMetric('maskedLoss', backend.read(maskedLoss)[0]! * rows.length, rows.length);
        }
      }
      return maskedLoss ? backend.add(maskedLoss, nextLoss) : nextLoss;
    },
  };
}
