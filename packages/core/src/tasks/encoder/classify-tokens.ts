import { checkOptions, type OptionNames } from '../../options.ts';
import { trimmedRange } from '../../text/trimmed-range.ts';
import { requireModel, requireText } from '../inputs.ts';
import { runOptionsOf, TEXT_OPTIONS, type TextOptions } from './batching.ts';
import type { EncoderModel } from './encoder-model.ts';
import { type Aggregation, type Entity, groupEntities, type LabelledToken } from './entities.ts';
import { softmax, topIndices } from './scores.ts';

export interface ClassifyTokensOptions extends TextOptions {
  /** How tokens are grouped into entities, see {@link Aggregation}. Default: `simple`. */
  aggregation?: Aggregation;
  /** Labels to omit. Default: `['O']`, tokens outside of entities. */
  ignoreLabels?: readonly string[];
}

const OPTIONS = {
  aggregation: true,
  ignoreLabels: 'list',
  ...TEXT_OPTIONS,
} satisfies OptionNames<ClassifyTokensOptions>;

/**
 * Token classification, for example named entity recognition: the labelled spans of a text, in text order. Longer texts than the model
 * reads are cut unless `truncation` says otherwise. Needs the head `tokenClassification`; throws `ConfigError` without it.
 */
export async function classifyTokens(
  model: EncoderModel,
  text: string,
  options: ClassifyTokensOptions = {},
): Promise<Entity[]> {
  checkOptions('classifyTokens', options, OPTIONS);
  const { aggregation = 'simple', ignoreLabels = ['O'], truncation = 'longestFirst' } = options;
  requireModel('classifyTokens', 'an encoder', model, 'requireHead');
  requireText('classifyTokens', 'the text', text);
  model.requireHead('tokenClassification');
  const encoding = model.tokenize(text, { offsets: true, truncation });
  const { tokens, sequenceIds, offsets } = encoding;
  const [output] = await model.run([encoding], { kind: 'tokenClassification' }, runOptionsOf(options));
  const { labels } = model.config;
  const labelled: LabelledToken[] = [];
  for (const [index, token] of tokens.entries()) {
    if (sequenceIds[index] !== 0) continue;
    const scores = softmax(output!.data.subarray(index * labels.length, (index + 1) * labels.length));
    const best = topIndices(scores, 1)[0]!;
    const [start, end] = trimmedRange(text, offsets[2 * index]!, offsets[2 * index + 1]!);
    labelled.push({ index, token, start, end, scores, label: labels[best]!, score: scores[best]! });
  }
  return groupEntities(text, labelled, labels, aggregation).filter(
    ({ label }) => !ignoreLabels.includes(label),
  );
}
