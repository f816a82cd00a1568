import { ConfigError } from '../../errors.ts';
import { createNormalizer } from '../../text/normalizers/index.ts';
import { wholeText } from '../../text/pieces/alignment.ts';
import { createPreTokenizer } from '../../text/pre-tokenizers/index.ts';
import { addRareComponents } from '../../text/rare-components.ts';
import type { TrainingControl } from './training-control.ts';

/** The texts to train on. A text is normalized and split into words in one step, so long documents are best given in parts. */
export type TrainingTexts = Iterable<string> | AsyncIterable<string>;

/** A component of tokenizer.json, such as `{ type: 'NFKC' }`; null: none. */
export type TokenizerComponent = Readonly<Record<string, unknown>> | null;

/**
 * Counts the words of a corpus: the pieces of the pre-tokenizer, in the order of their first occurrence. Unpaired surrogates count as
 * U+FFFD.
 *
 * Throws `ConfigError` if `texts` is not an iterable of strings, or if a component is not supported.
 */
export async function countWords(
  call: string,
  texts: TrainingTexts,
  { normalizer, preTokenizer }: { normalizer: TokenizerComponent; preTokenizer: TokenizerComponent },
  control: TrainingControl,
): Promise<Map<string, number>> {
  if (!isIterable(texts)) throw new ConfigError(`${call}: texts must be an iterable of strings`);
  const split = createSplitter(call, normalizer, preTokenizer);
  const counts = new Map<string, number>();
  let done = 0;
  for await (const text of texts) {
    if (typeof text !== 'string') throw new ConfigError(`${call}: texts[${done}] must be a string`);
    for (const word of split(text.replace(/\p{Surrogate}/gu, '\ufffd')))
      counts.set(word, (counts.get(word) ?? 0) + 1);
    done++;
    if (control.due) await control.pause({ stage: 'words', done });
  }
  counts.delete('');
  await control.pause({ stage: 'words', done });
  return counts;
}

/** A string is an iterable of its characters, which is never meant. */
function isIterable(texts: unknown): boolean {
  return (
    typeof texts === 'object' && texts !== null && (Symbol.iterator in texts || Symbol.asyncIterator in texts)
  );
}

/** Splits texts into words by the same components that tokenize texts after training. */
function createSplitter(
  call: string,
  normalizer: TokenizerComponent,
  preTokenizer: TokenizerComponent,
): (text: string) => string[] {
  addRareComponents();
  try {
    const normalize = normalizer ? createNormalizer(normalizer) : undefined;
    const preTokenize = preTokenizer ? createPreTokenizer(preTokenizer) : undefined;
    return (text) => {
      const whole = normalize ? normalize(wholeText(text)) : wholeText(text);
      return (preTokenize ? preTokenize([whole]) : [whole]).map((word) => word.text);
    };
  } catch (error) {
    throw new ConfigError(
      `${call}: normalizer or preTokenizer is not supported: ${(error as Error).message}`,
      { cause: error },
    );
  }
}
