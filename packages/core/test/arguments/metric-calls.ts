import * as metrics from '../../src/metrics.ts';
import { c } from './call.ts';
import type { Call } from './wrong-arguments.ts';

const hypotheses = ['the cat sat', 'a dog ran'];
const references = ['the cat sat down', 'a dog ran'];
const spans = [[{ start: 0, end: 1, label: 'PER' }], []];

/** The functions of the entry `@headwise/core/metrics`. */
export const metricCalls: readonly Call[] = [
  c('bleu', [hypotheses, references, { smoothing: 'exp', tokenize: '13a', maxNgramOrder: 4 }], metrics.bleu),
  c('bleuMetric', [{ smoothing: 'floor', smoothingValue: 0.1 }], metrics.bleuMetric),
  c('sentenceBleu', [hypotheses[0], references[0], { smoothing: 'exp' }], metrics.sentenceBleu),
  c(
    'pairedBootstrap',
    [hypotheses, hypotheses, references, metrics.chrfMetric(), { samples: 10, seed: 1, confidence: 0.9 }],
    metrics.pairedBootstrap,
  ),
  c('chrf', [hypotheses, references, { charOrder: 6, wordOrder: 2 }], metrics.chrf),
  c('chrfMetric', [{ wordOrder: 2 }], metrics.chrfMetric),
  c(
    'classificationScores',
    [
      ['a', 'b'],
      ['a', 'c'],
    ],
    metrics.classificationScores,
  ),
  c('spanScores', [spans, spans], metrics.spanScores),
  c('tokenAccuracy', [[1, 2], [1, -100], { ignoreIndex: -100 }], metrics.tokenAccuracy),
  c('meanMetric', [() => 1], metrics.meanMetric),
  c(
    'pearson',
    [
      [1, 2, 3],
      [1, 3, 2],
    ],
    metrics.pearson,
  ),
  c(
    'spearman',
    [
      [1, 2, 3],
      [1, 3, 2],
    ],
    metrics.spearman,
  ),
  c('editDistance', [['a', 'b'], ['b']], metrics.editDistance),
  c('characterErrorRate', [hypotheses, references], metrics.characterErrorRate),
  c('phonemeErrorRate', [[['K', 'AE']], [['K', 'AA']]], metrics.phonemeErrorRate),
  c('wordErrorRate', [hypotheses, references], metrics.wordErrorRate),
  c('bitsPerCharacter', [[-1, -2], 'ab'], metrics.bitsPerCharacter),
  c('perplexity', [[-1, -2]], metrics.perplexity),
  c('meteorExact', [hypotheses, references], metrics.meteorExact),
  c('rouge', [hypotheses, references, {}], metrics.rouge),
  c('exactMatch', [hypotheses, references], metrics.exactMatch),
  c('normalizeAnswer', ['The cat.'], metrics.normalizeAnswer),
  c('squadScores', [hypotheses, [references, 'a']], metrics.squadScores),
  c('ter', [hypotheses, references, { normalized: true }], metrics.ter),
  c('terMetric', [{ normalized: true }], metrics.terMetric),
];
