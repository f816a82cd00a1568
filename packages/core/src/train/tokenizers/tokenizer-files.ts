import { USUAL_SPECIAL_TOKENS } from '../../text/special-tokens.ts';
import type { TokenizerComponent } from './count-words.ts';

/** The files of a trained tokenizer, as `Tokenizer.fromFiles` and Hugging Face's libraries read them. */
export interface TrainedTokenizer {
  /** tokenizer.json */
  tokenizerJson: Record<string, unknown>;
  /** tokenizer_config.json */
  tokenizerConfigJson: Record<string, unknown>;
}

/** The components around the model. */
export interface Pipeline {
  readonly normalizer: TokenizerComponent;
  readonly preTokenizer: TokenizerComponent;
  readonly postProcessor: TokenizerComponent;
  readonly decoder: TokenizerComponent;
}

/** Special tokens in the order of their ids; the unknown token is first if it is not listed. */
export function withUnkToken(
  specialTokens: readonly string[],
  unkToken: string | undefined,
): readonly string[] {
  return unkToken === undefined || specialTokens.includes(unkToken)
    ? specialTokens
    : [unkToken, ...specialTokens];
}

/** The components given as options, and the defaults for the rest. */
export function resolvePipeline(options: Partial<Pipeline>, defaults: Pipeline): Pipeline {
  const { normalizer, preTokenizer, postProcessor, decoder } = options;
  return {
    normalizer: normalizer === undefined ? defaults.normalizer : normalizer,
    preTokenizer: preTokenizer === undefined ? defaults.preTokenizer : preTokenizer,
    postProcessor: postProcessor === undefined ? defaults.postProcessor : postProcessor,
    decoder: decoder === undefined ? defaults.decoder : decoder,
  };
}

/** Builds the files. `specialTokens` have the ids from 0. */
export function tokenizerFiles(
  model: Readonly<Record<string, unknown>>,
  specialTokens: readonly string[],
  unkToken: string | undefined,
  pipeline: Pipeline,
): TrainedTokenizer {
  return {
    tokenizerJson: {
      version: '1.0',
      truncation: null,
      padding: null,
      added_tokens: specialTokens.map((content, id) => ({
        id,
        content,
        single_word: false,
        lstrip: false,
        rstrip: false,
        normalized: false,
        special: true,
      })),
      normalizer: pipeline.normalizer,
      pre_tokenizer: pipeline.preTokenizer,
      post_processor: pipeline.postProcessor,
      decoder: pipeline.decoder,
      model,
    },
    tokenizerConfigJson: {
      tokenizer_class: 'PreTrainedTokenizerFast',
      clean_up_tokenization_spaces: false,
      ...specialTokenNames(specialTokens, unkToken),
    },
  };
}

/** Ids by token, in the order of ids. Tokens such as `__proto__` are ordinary keys. */
export function vocabularyObject(tokens: readonly string[]): Record<string, number> {
  return Object.fromEntries(tokens.map((token, id) => [token, id]));
}

/** `cls_token` and so on, for special tokens with usual names. */
function specialTokenNames(
  specialTokens: readonly string[],
  unkToken: string | undefined,
): Record<string, string> {
  const named = Object.entries(USUAL_SPECIAL_TOKENS).flatMap(([role, usual]) => {
    const token = role === 'unk' ? unkToken : usual.find((content) => specialTokens.includes(content));
    return token === undefined ? [] : [[`${role}_token`, token]];
  });
  return Object.fromEntries(named);
}
