// The entry `@headwise/core/metrics`: measures of generated and classified text. docs/metrics.md says which fits which task.

export {
  type BleuOptions,
  type BleuScore,
  type BleuSmoothing,
  bleu,
  bleuMetric,
  sentenceBleu,
} from './metrics/bleu.ts';
export type { BleuTokenizer } from './metrics/bleu-tokenizers.ts';
export { type BootstrapOptions, type BootstrapResult, pairedBootstrap } from './metrics/bootstrap.ts';
export { type ChrfOptions, type ChrfScore, chrf, chrfMetric } from './metrics/chrf.ts';
export {
  type ClassificationScores,
  classificationScores,
  type LabelScores,
  type Span,
  spanScores,
  type TokenAccuracyOptions,
  tokenAccuracy,
} from './metrics/classification.ts';
export { type CorpusMetric, meanMetric, type References } from './metrics/corpus.ts';
export { pearson, spearman } from './metrics/correlation.ts';
export { editDistance } from './metrics/edit-distance.ts';
export { characterErrorRate, phonemeErrorRate, wordErrorRate } from './metrics/error-rates.ts';
export type { FScore } from './metrics/f-score.ts';
export { bitsPerCharacter, perplexity } from './metrics/language-model.ts';
export { meteorExact } from './metrics/meteor.ts';
export { type RougeOptions, type RougeScores, rouge } from './metrics/rouge.ts';
export { exactMatch, normalizeAnswer, type SquadScores, squadScores } from './metrics/squad.ts';
export { type TerOptions, type TerScore, ter, terMetric } from './metrics/ter.ts';
