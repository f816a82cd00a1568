import { byteAlphabet } from './byte-alphabet.ts';
import { countWords, type TrainingTexts } from './count-words.ts';
import { learnMerges } from './learn-merges.ts';
import { checkOptions, rules, type TokenizerTrainingOptions } from './options.ts';
import {
  type Pipeline,
  resolvePipeline,
  type TrainedTokenizer,
  tokenizerFiles,
  vocabularyObject,
  withUnkToken,
} from './tokenizer-files.ts';
import { TrainingControl } from './training-control.ts';

export interface BpeTrainingOptions extends TokenizerTrainingOptions {
  /**
   * Size of the vocabulary with special tokens and alphabet. It is exceeded if these alone are more, and not reached if no pair of
   * sufficient frequency is left. Default: 30000.
   */
  vocabSize?: number;
  /** Smallest count of a pair that is merged. Default: 0, which merges every pair. */
  minFrequency?: number;
  /** Whether symbols are bytes, as in GPT-2, instead of characters; every text can then be encoded. Default: true. */
  byteLevel?: boolean;
  /** Whether a space is put before a text that does not begin with one. Byte level only. Default: false. */
  addPrefixSpace?: boolean;
  /** Token of characters that are not in the vocabulary. Default: `<unk>`, at byte level none. */
  unkToken?: string;
  /** Largest number of characters in the alphabet; the rarest are left out. Default: all. */
  limitAlphabet?: number;
  /** Marks the last symbol of a word, so that the spaces between words can be restored. Default: `</w>`, at byte level none. */
  endOfWordSuffix?: string;
  /**
   * Limit to the characters of a token: pairs with at least so many are not counted, except in the initial alphabet. Default: no limit.
   */
  maxTokenLength?: number;
}

/**
 * Trains a byte-pair encoding (Sennrich et al. 2016). Vocabulary and merges are those of Hugging Face's `BpeTrainer`.
 *
 * Defaults at byte level are those of GPT-2: its pre-tokenizer and decoder, and all 256 bytes as `initialAlphabet`. Otherwise words are
 * what stands between whitespace.
 *
 * Throws `ConfigError` for invalid options and for texts that are not strings.
 */
export async function trainBpe(
  texts: TrainingTexts,
  options: BpeTrainingOptions = {},
): Promise<TrainedTokenizer> {
  checkOptions('trainBpe', options, {
    vocabSize: rules.positiveInteger,
    minFrequency: rules.count,
    byteLevel: rules.boolean,
    addPrefixSpace: rules.boolean,
    unkToken: rules.token,
    limitAlphabet: rules.count,
    endOfWordSuffix: rules.string,
    maxTokenLength: rules.positiveInteger,
  });
  const { vocabSize = 30_000, minFrequency = 0, byteLevel = true, addPrefixSpace = false } = options;
  const { unkToken = byteLevel ? undefined : '<unk>', endOfWordSuffix = byteLevel ? '' : '</w>' } = options;
  const { limitAlphabet, maxTokenLength, initialAlphabet = byteLevel ? byteAlphabet() : [] } = options;
  const specialTokens = withUnkToken(options.specialTokens ?? [], unkToken);
  const pipeline = resolvePipeline(
    options,
    byteLevel ? byteLevelPipeline(addPrefixSpace) : wordPipeline(endOfWordSuffix),
  );
  const control = new TrainingControl(options);
  const words = await countWords('trainBpe', texts, pipeline, control);
  const { tokens, merges } = await learnMerges(
    words,
    {
      vocabSize,
      minFrequency,
      specialTokens,
      initialAlphabet,
      limitAlphabet,
      maxTokenLength,
      continuingSubwordPrefix: '',
      endOfWordSuffix,
    },
    control,
  );
  const model = {
    type: 'BPE',
    dropout: null,
    unk_token: unkToken ?? null,
    continuing_subword_prefix: null,
    end_of_word_suffix: endOfWordSuffix || null,
    fuse_unk: false,
    byte_fallback: false,
    ignore_merges: false,
    vocab: vocabularyObject(tokens),
    merges,
  };
  return tokenizerFiles(model, specialTokens, unkToken, pipeline);
}

function byteLevelPipeline(addPrefixSpace: boolean): Pipeline {
  const byteLevel = {
    type: 'ByteLevel',
    add_prefix_space: addPrefixSpace,
    trim_offsets: true,
    use_regex: true,
  };
  return { normalizer: null, preTokenizer: byteLevel, postProcessor: byteLevel, decoder: byteLevel };
}

function wordPipeline(suffix: string): Pipeline {
  return {
    normalizer: null,
    preTokenizer: { type: 'WhitespaceSplit' },
    postProcessor: null,
    decoder: suffix === '' ? null : { type: 'BPEDecoder', suffix },
  };
}
