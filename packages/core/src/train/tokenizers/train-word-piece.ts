import { boundedTemplate } from '../../load/tokenizer-template.ts';
import { countWords, type TokenizerComponent, type TrainingTexts } from './count-words.ts';
import { learnMerges } from './learn-merges.ts';
import { checkOptions, rules, type TokenizerTrainingOptions } from './options.ts';
import {
  resolvePipeline,
  type TrainedTokenizer,
  tokenizerFiles,
  vocabularyObject,
  withUnkToken,
} from './tokenizer-files.ts';
import { TrainingControl } from './training-control.ts';

export interface WordPieceTrainingOptions extends TokenizerTrainingOptions {
  /**
   * Size of the vocabulary with special tokens and alphabet. It is exceeded if these alone are more, and not reached if no pair of
   * sufficient frequency is left. Default: 30000.
   */
  vocabSize?: number;
  /** Smallest count of a pair that is merged. Default: 0, which merges every pair. */
  minFrequency?: number;
  /** Token of words that cannot be encoded. Default: `[UNK]`. */
  unkToken?: string;
  /** Largest number of characters in the alphabet; the rarest are left out. Default: all. */
  limitAlphabet?: number;
  /** Put before tokens that continue a word. Default: `##`. */
  continuingSubwordPrefix?: string;
  /** Longer words are unknown. Default: 100. */
  maxInputCharsPerWord?: number;
  /** Whether texts are lowercased. Default: true. */
  lowercase?: boolean;
  /** Whether accents are removed, which also decomposes Hangul syllables. Default: false. */
  stripAccents?: boolean;
}

const DEFAULT_SPECIAL_TOKENS = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'];

/**
 * Trains a WordPiece tokenizer. The vocabulary is that of Hugging Face's `WordPieceTrainer`: tokens come from byte-pair encoding, and texts
 * are encoded by longest match.
 *
 * Defaults are those of BERT: its normalizer, pre-tokenizer and special tokens. If `specialTokens` has `[CLS]` and `[SEP]`, they are put
 * around texts.
 *
 * Throws `ConfigError` for invalid options and for texts that are not strings.
 */
export async function trainWordPiece(
  texts: TrainingTexts,
  options: WordPieceTrainingOptions = {},
): Promise<TrainedTokenizer> {
  checkOptions('trainWordPiece', options, {
    vocabSize: rules.positiveInteger,
    minFrequency: rules.count,
    unkToken: rules.token,
    limitAlphabet: rules.count,
    continuingSubwordPrefix: rules.string,
    maxInputCharsPerWord: rules.positiveInteger,
    lowercase: rules.boolean,
    stripAccents: rules.boolean,
  });
  const { vocabSize = 30_000, minFrequency = 0, unkToken = '[UNK]', lowercase = true } = options;
  const { limitAlphabet, initialAlphabet = [], continuingSubwordPrefix = '##' } = options;
  const specialTokens = withUnkToken(options.specialTokens ?? DEFAULT_SPECIAL_TOKENS, unkToken);
  const pipeline = resolvePipeline(options, {
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: true,
      strip_accents: options.stripAccents ?? false,
      lowercase,
    },
    preTokenizer: { type: 'BertPreTokenizer' },
    postProcessor: bertTemplate(specialTokens),
    decoder: { type: 'WordPiece', prefix: continuingSubwordPrefix, cleanup: true },
  });
  const control = new TrainingControl(options);
  const words = await countWords('trainWordPiece', texts, pipeline, control);
  const { tokens } = await learnMerges(
    words,
    {
      vocabSize,
      minFrequency,
      specialTokens,
      initialAlphabet,
      limitAlphabet,
      continuingSubwordPrefix,
      endOfWordSuffix: '',
    },
    control,
  );
  const model = {
    type: 'WordPiece',
    unk_token: unkToken,
    continuing_subword_prefix: continuingSubwordPrefix,
    max_input_chars_per_word: options.maxInputCharsPerWord ?? 100,
    vocab: vocabularyObject(tokens),
  };
  return tokenizerFiles(model, specialTokens, unkToken, pipeline);
}

/** `[CLS] A [SEP]` and `[CLS] A [SEP] B [SEP]`; null without these tokens. */
function bertTemplate(specialTokens: readonly string[]): TokenizerComponent {
  const [cls, sep] = ['[CLS]', '[SEP]'];
  if (!specialTokens.includes(cls) || !specialTokens.includes(sep)) return null;
  const ending = (token: string) => ({ token, id: specialTokens.indexOf(token) });
  return boundedTemplate(ending(cls), ending(sep), 0, 1);
}
