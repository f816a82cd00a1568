import { requireText } from '../inputs.ts';
import type { TextOptions } from './batching.ts';
import type { EncoderModel } from './encoder-model.ts';
import { type Aggregation, type Entity, gatherEntities, type LabelledToken } from './entities.ts';
import { softmax, topIndices } from './scores.ts';

export interface ClassifyTokensOptions extends TextOptions {
  /** How tokens become entities; see {@link Aggregation}. Default: `simple`. */
  aggregation?: Aggregation;
  /** Labels to leave out. Default: `['O']`, "outside of any". */
  ignoreLabels?: readonly string[];
}

/**
 * The parts of a text that have a label, such as the names of people and places, in the order in which they stand. Tokens beyond what
 * the model reads are not looked at. Needs the head `tokenClassification`; throws `ConfigError` without it.
 */
export async function classifyTokens(
  model: EncoderModel,
  text: string,
  options: ClassifyTokensOptions = {},
): Promise<Entity[]> {
  const { aggregation = 'simple', ignoreLabels = ['O'], truncation = 'longestFirst' } = options;
  requireText('classifyTokens', 'the text', text);
  model.requireHead('tokenClassification');
  const encoding = model.tokenize(text, { offsets: true, truncation });
  const { tokens, sequenceIds, offsets } = encoding;
  const [output] = await model.run([encoding], { kind: 'tokenClassification' }, options);
  const { labels } = model.config;
  const labelled: LabelledToken[] = [];
  for (const [index, token] of tokens.entries()) {
    if (sequenceIds[index] !== 0) continue;
    const scores = softmax(output!.data.subarray(index * labels.length, (index + 1) * labels.length));
    const best = topIndices(scores, 1)[0]!;
    const [start, end] = [offsets[2 * index]!, offsets[2 * index + 1]!];
    labelled.push({ index, token, start, end, scores, label: labels[best]!, score: scores[best]! });
  }
  return gatherEntities(text, labelled, labels, aggregation).filter(
    ({ label }) => !ignoreLabels.includes(label),
  );
}
