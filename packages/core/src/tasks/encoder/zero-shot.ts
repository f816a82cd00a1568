import { ConfigError } from '../../errors.ts';
import { requireText, requireTexts } from '../inputs.ts';
import type { TextOptions } from './batching.ts';
import { classifierLogits, type LabelScore } from './classify.ts';
import type { EncoderModel } from './encoder-model.ts';
import { softmax, topIndices } from './scores.ts';

export interface ZeroShotOptions extends TextOptions {
  /** The sentence that a label becomes, with `{}` in its place. Default: `This example is {}.` */
  hypothesisTemplate?: string;
  /** Whether several labels may be right: each then has a probability of its own. Default: false. */
  multiLabel?: boolean;
}

/**
 * How well labels that the model was never trained on fit a text, best first: a model of natural language inference is asked whether
 * "This example is <label>." follows from it (Yin et al. 2019).
 *
 * Needs the head `sequenceClassification` with labels named entailment and contradiction, as such models have. Throws `ConfigError`
 * otherwise, for no labels, and for a template without `{}`.
 */
export async function zeroShot(
  model: EncoderModel,
  text: string,
  labels: readonly string[],
  options: ZeroShotOptions = {},
): Promise<LabelScore[]> {
  const { hypothesisTemplate = 'This example is {}.', multiLabel = false } = options;
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
    `zeroShot: needs a model of natural language inference, with labels entailment and contradiction; this one has ${config.labels.join(', ')}`,
  );
}
