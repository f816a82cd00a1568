import { ConfigError } from '../../errors.ts';
import { createHfTokenizer } from '../../text/huggingface-tokenizers.ts';
import { isObject, withDefaults } from '../../text/tokenizer-files.ts';
import type { TrainingControl } from './training-control.ts';

/** The texts to train on. A text is normalized and split into words in one step, so long documents are best given in parts. */
export type TrainingTexts = Iterable<string> | AsyncIterable<string>;

/** A component of tokenizer.json, such as `{ type: 'NFKC' }`; null: none. */
export type TokenizerComponent = Readonly<Record<string, unknown>> | null;

const METASPACE = '▁';

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
  const { split, encode } = createSplitter(call, normalizer, preTokenizer);
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
  return encode ? new Map(Array.from(counts, ([word, count]) => [encode(word), count])) : counts;
}

/** A string is an iterable of its characters, which is never meant. */
function isIterable(texts: unknown): boolean {
  return (
    typeof texts === 'object' && texts !== null && (Symbol.iterator in texts || Symbol.asyncIterator in texts)
  );
}

interface Splitter {
  split(text: string): Iterable<string>;
  /** Applied to each different word at the end. */
  encode?(word: string): string;
}

/** Splits texts into words by the same components that tokenize texts after training. */
function createSplitter(
  call: string,
  normalizer: TokenizerComponent,
  preTokenizer: TokenizerComponent,
): Splitter {
  const model = {
    type: 'WordPiece',
    vocab: { '[UNK]': 0 },
    unk_token: '[UNK]',
    continuing_subword_prefix: '##',
  };
  const json = { model, normalizer, pre_tokenizer: preTokenizer };
  let tokenizer: ReturnType<typeof createHfTokenizer>;
  try {
    tokenizer = createHfTokenizer(withDefaults(json, []), {});
  } catch (error) {
    throw new ConfigError(
      `${call}: normalizer or preTokenizer is not supported: ${(error as Error).message}`,
      { cause: error },
    );
  }
  // `@huggingface/tokenizers` ignores `split` of Metaspace, which makes no difference to tokenization, but to training.
  const splitAtSpaces = hasSplittingMetaspace(preTokenizer);
  const normalize = (text: string) => tokenizer.normalizer?.normalize(text) ?? text;
  const { pre_tokenizer: splitter } = tokenizer;
  if (!splitter) return { split: (text) => [normalize(text)] };
  const { pattern, byte_encoder: characters } = splitter;
  if (characters && pattern && preTokenizer?.use_regex !== false) {
    // ByteLevel: only different words are converted to bytes, which would take most of the time.
    const encoder = new TextEncoder();
    return {
      split: (text) => {
        const normalized = normalize(text);
        const prefix = splitter.add_prefix_space && !normalized.startsWith(' ') ? ' ' : '';
        return (prefix + normalized).match(pattern) ?? [];
      },
      encode: (word) => Array.from(encoder.encode(word), (byte) => characters[byte]!).join(''),
    };
  }
  return {
    split: (text) => {
      const words = splitter.pre_tokenize_text(normalize(text), { section_index: 0 });
      return splitAtSpaces ? words.flatMap((word) => word.split(/(?=▁)/)) : words;
    },
  };
}

function hasSplittingMetaspace(component: unknown): boolean {
  if (!isObject(component)) return false;
  if (Array.isArray(component.pretokenizers)) return component.pretokenizers.some(hasSplittingMetaspace);
  return (
    component.type === 'Metaspace' &&
    component.split !== false &&
    (component.replacement ?? METASPACE) === METASPACE
  );
}
