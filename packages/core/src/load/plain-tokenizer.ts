import { isObject } from '../text/json/component.ts';

/** Stands for the components of tokenizer.json as they are, and for those of a SentencePiece model where there is no class. */
export const BACKEND = 'TokenizersBackend';

export const BERT = 'BertTokenizer';

/** The class of the most frequent tokenizers, for which the tables of the others need not be loaded: what `tokenizerClassOf` returns, or undefined. */
export function plainTokenizerOf(configJson: unknown, tokenizerConfig: unknown): string | undefined {
  const config = isObject(configJson) ? configJson : {};
  const named =
    (isObject(tokenizerConfig) ? tokenizerConfig.tokenizer_class : undefined) ?? config.tokenizer_class;
  // Qwen2 has its own class, whatever its files name.
  if (named === 'PreTrainedTokenizerFast' && config.model_type !== 'qwen2') return BACKEND;
  const isBert = named === undefined || named === null || named === BERT || named === `${BERT}Fast`;
  return isBert && config.model_type === 'bert' ? BERT : undefined;
}
