import { ConfigError } from '../../errors.ts';
import { checkOptions, type OptionNames } from '../../options.ts';
import { requireModel, requireText, requireTexts } from '../inputs.ts';
import { TEXT_OPTIONS, type TextOptions } from './batching.ts';
import { classifierLogits, type LabelScore } from './classify.ts';
import type { EncoderModel } from './encoder-model.ts';
import { softmax, topIndices } from './scores.ts';

export interface ZeroShotOptions extends TextOptions {
  /** Hypothesis for a label, which replaces `{}`. Default: `This example is {}.` */
  hypothesisTemplate?: string;
  /** Whether several labels may apply: each then gets an independent probability. Default: false. */
  multiLabel?: boolean;
}

const OPTIONS = {
  hypothesisTemplate: 'string',
  multiLabel: 'boolean',
  ...TEXT_OPTIONS,
} satisfies OptionNames<ZeroShotOptions>;

/**
 * Zero-shot classification with a natural language inference model (Yin et al. 2019): the score of a label is the probability that the text
 * entails the hypothesis "This example is <label>." Labels in descending order of score.
 *
 * Needs the head `sequenceClassification` with labels named entailment and contradiction. Throws `ConfigError` otherwise, for no labels,
 * and for a template without `{}`.
 */
export async function zeroShot(
  model: EncoderModel,
  text: string,
  labels: readonly string[],
  options: ZeroShotOptions = {},
): Promise<LabelScore[]> {
  checkOptions('zeroShot', options, OPTIONS);
  const { hypothesisTemplate = 'This example is {}.', multiLabel = false } = options;
  requireModel('zeroShot', 'an encoder', model, 'requireHead');
  requireText('zeroShot', 'the text', text);
  requireTexts('zeroShot', 'the labels', labels);
  if (labels.length === 0) throw new ConfigError('zeroShot: needs at least one label');
  if (!hypothesisTemplate.includes('{}')) {
    throw new ConfigError(
      `zeroShot: hypothesisTemplate needs {} for the label, got ${JSON.stringify(hypothesisTemplate)}`,
    );
  }
  model.requireHead('sequenceClassification');
  const entailment = labelIndex(model, /^entail/i);
  const contradiction = labelIndex(model, /^(contradict|not.?entail)/i);
  const hypotheses = labels.map((label) => ({ text, pair: hypothesisTemplate.split('{}').join(label) }));
  const logits = await classifierLogits(model, 'zeroShot', hypotheses, options);
  const scores = multiLabel
    ? logits.map((of) => softmax([of[contradiction]!, of[entailment]!])[1]!)
    : softmax(logits.map((of) => of[entailment]!));
  return topIndices(scores, labels.length).map((i) => ({ label: labels[i]!, score: scores[i]! }));
}

function labelIndex({ config }: EncoderModel, pattern: RegExp): number {
  const index = config.labels.findIndex((label) => pattern.test(label));
  if (index >= 0) return index;
  throw new ConfigError(
    `zeroShot: needs a natural language inference model with labels entailment and contradiction, got labels ${config.labels.join(', ')}`,
  );
}
