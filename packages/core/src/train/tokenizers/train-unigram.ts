import { ConfigError } from '../../errors.ts';
import { compareCodePoints } from './code-points.ts';
import { countWords, type TrainingTexts } from './count-words.ts';
import { checkOptions, rules, type TokenizerTrainingOptions } from './options.ts';
import { resolvePipeline, type TrainedTokenizer, tokenizerFiles, withUnkToken } from './tokenizer-files.ts';
import { TrainingControl } from './training-control.ts';
import { createUnigramCorpus, textAt, type UnigramCorpus } from './unigram-corpus.ts';
import { minScore, UNK_PIECE, type UnigramPieces } from './unigram-pieces.ts';
import { seedPieces } from './unigram-seed.ts';
import { trainPieces } from './unigram-training.ts';

export interface UnigramTrainingOptions extends TokenizerTrainingOptions {
  /** Size of the vocabulary with special tokens; smaller if the corpus has too few repeated substrings. Default: 8000. */
  vocabSize?: number;
  /** Token of characters that are not in the vocabulary. Default: `<unk>`. */
  unkToken?: string;
  /** Fraction of the pieces that each pruning step keeps. Default: 0.75. */
  shrinkingFactor?: number;
  /** Iterations of EM between pruning steps. Default: 2. */
  numSubIterations?: number;
  /** Most characters of a piece, at most 255. Default: 16. */
  maxPieceLength?: number;
  /** Most pieces before pruning. Default: 1000000. */
  seedSize?: number;
}

type Entry = [token: string, score: number];

/** Difference between the scores of required characters that are no pieces. */
const SCORE_STEP = 0.0001;

/**
 * Trains a unigram language model (Kudo 2018) as Hugging Face's `UnigramTrainer` does: EM with pruning by loss, from a first vocabulary of
 * repeated substrings. Every character of the corpus is in the vocabulary.
 *
 * Defaults: NFKC, words between whitespace, each with the prefix `▁`.
 *
 * Throws `ConfigError` for invalid options, for texts that are not strings, and if `vocabSize` is smaller than the number of special tokens
 * and characters.
 */
export async function trainUnigram(
  texts: TrainingTexts,
  options: UnigramTrainingOptions = {},
): Promise<TrainedTokenizer> {
  checkOptions('trainUnigram', options, {
    vocabSize: rules.positiveInteger,
    unkToken: rules.token,
    shrinkingFactor: rules.fraction,
    numSubIterations: rules.positiveInteger,
    maxPieceLength: rules.pieceLength,
    seedSize: rules.positiveInteger,
  });
  const { vocabSize = 8000, unkToken = '<unk>', shrinkingFactor = 0.75, numSubIterations = 2 } = options;
  const { maxPieceLength = 16, seedSize = 1_000_000, initialAlphabet = [] } = options;
  const specialTokens = withUnkToken(options.specialTokens ?? [], unkToken);
  const metaspace = { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always', split: true };
  const pipeline = resolvePipeline(options, {
    normalizer: { type: 'NFKC' },
    preTokenizer: { type: 'Sequence', pretokenizers: [{ type: 'WhitespaceSplit' }, metaspace] },
    postProcessor: null,
    decoder: metaspace,
  });
  const control = new TrainingControl(options);
  const words = await countWords('trainUnigram', texts, pipeline, control);
  const alphabet = requiredCharacters(words, initialAlphabet);
  if (alphabet.length + specialTokens.length > vocabSize) {
    throw new ConfigError(
      `trainUnigram: vocabSize must be at least ${alphabet.length + specialTokens.length} for ${alphabet.length} characters and ${specialTokens.length} special tokens, got ${vocabSize}`,
    );
  }
  await control.pause();
  const corpus = createUnigramCorpus(words);
  await control.pause();
  const { pieces: seed, lattice } = await seedPieces(corpus, { maxPieceLength, seedSize }, control);
  const settings = { vocabSize, shrinkingFactor, numSubIterations };
  const pieces = await trainPieces(corpus, seed, lattice, settings, control);
  const model = {
    type: 'Unigram',
    unk_id: specialTokens.indexOf(unkToken),
    vocab: finalVocabulary(corpus, pieces, alphabet, specialTokens, vocabSize),
    byte_fallback: false,
  };
  return tokenizerFiles(model, specialTokens, unkToken, pipeline);
}

/** All characters of the corpus and of `initialAlphabet`, by code point. */
function requiredCharacters(
  words: ReadonlyMap<string, number>,
  initialAlphabet: readonly string[],
): string[] {
  const characters = new Set(initialAlphabet);
  for (const word of words.keys()) for (const character of word) characters.add(character);
  return [...characters].sort(compareCodePoints);
}

/** Special tokens with score 0, then all required characters and the first of the other pieces, by descending score. */
function finalVocabulary(
  corpus: UnigramCorpus,
  pieces: UnigramPieces,
  alphabet: readonly string[],
  specialTokens: readonly string[],
  vocabSize: number,
): Entry[] {
  const scores = new Map<string, number>();
  for (let piece = UNK_PIECE + 1; piece < pieces.scores.length; piece++)
    scores.set(textAt(corpus, pieces.positions[piece]!, pieces.lengths[piece]!), pieces.scores[piece]!);
  const lowest = minScore(pieces);
  // Without any pieces, all characters are equally probable.
  let missingScore = Number.isFinite(lowest) ? lowest : -Math.log(Math.max(1, alphabet.length));
  const special = new Set(specialTokens);
  const entries = new Map<string, number>();
  for (const character of alphabet) {
    if (special.has(character)) continue;
    const score = scores.get(character);
    entries.set(character, score ?? missingScore);
    if (score === undefined) missingScore += SCORE_STEP;
  }
  for (const [text, score] of scores) {
    if (entries.size + special.size >= vocabSize) break;
    if (!special.has(text)) entries.set(text, score);
  }
  const sorted = [...entries].sort(([, a], [, b]) => b - a);
  return [...specialTokens.map((token): Entry => [token, 0]), ...sorted];
}
