import { checkOptions, type OptionNames } from '../../options.ts';
import { requireModel, requireText } from '../inputs.ts';
import { runOptionsOf, TEXT_OPTIONS, type TextOptions } from './batching.ts';
import type { EncoderModel } from './encoder-model.ts';
import { softmax } from './scores.ts';

const OPTIONS = { ...TEXT_OPTIONS } satisfies OptionNames<TextOptions>;

/**
 * Probability, 0 … 1, that the second sentence follows the first (next sentence prediction, Devlin et al. 2019, §3.1). Pairs longer than the
 * model reads are cut at the end of the longer sentence. Needs the head `nextSentence`; throws `ConfigError` without it.
 */
export async function nextSentence(
  model: EncoderModel,
  first: string,
  second: string,
  options: TextOptions = {},
): Promise<number> {
  checkOptions('nextSentence', options, OPTIONS);
  requireModel('nextSentence', 'an encoder', model, 'requireHead');
  requireText('nextSentence', 'the first sentence', first);
  requireText('nextSentence', 'the second sentence', second);
  model.requireHead('nextSentence');
  const { truncation = 'longestFirst' } = options;
  const encoding = model.tokenize(first, { pair: second, truncation });
  const [output] = await model.run([encoding], { kind: 'nextSentence' }, runOptionsOf(options));
  return softmax(output!.data)[0]!;
}
