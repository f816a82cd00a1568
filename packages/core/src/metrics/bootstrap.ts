import { ConfigError } from '../errors.ts';
import { checkOptions, describeValue, type OptionNames } from '../options.ts';
import { Random } from '../platform/random.ts';
import { checkInteger, checkPairs } from './checks.ts';
import { type CorpusMetric, type References, sumColumns } from './corpus.ts';

export interface BootstrapOptions {
  /** Number of resampled test sets, up to a million. Default: 1000. */
  readonly samples?: number;
  /** From 0 to 2³² − 1. Default: 12345, as in sacreBLEU, whose random numbers are others. */
  readonly seed?: number;
  /** Share of the resampled differences within `interval`, between 0 and 1. Default: 0.95. */
  readonly confidence?: number;
}

export interface BootstrapResult {
  /** Score of system A on the test set. */
  readonly a: number;
  /** Score of system B on the test set. */
  readonly b: number;
  /** `a - b`. */
  readonly difference: number;
  /** Percentile interval of the difference over the resampled test sets. */
  readonly interval: readonly [low: number, high: number];
  /** From 1 / (samples + 1) to 1. See {@link pairedBootstrap}. */
  readonly pValue: number;
}

/**
 * Paired bootstrap resampling (Koehn 2004): whether the difference of two systems on a test set may be due to the choice of its segments. Draws
 * test sets of the same size with replacement and scores both systems on each.
 *
 * p = (1 + number of samples with |dᵢ| − mean |d| ≥ |d₀|) / (1 + samples),
 *
 * with d₀ the difference on the test set and dᵢ those on the samples: sacreBLEU's `--paired-bs`, except that the comparison there is strict,
 * so that two equal systems have the smallest p there and 1 here. Deterministic for a seed.
 *
 * Measures: how often a difference as large as the one observed would occur if the systems were equally good.
 *
 * Misleads: for clear differences p counts one tail, and is half of a two-sided test's value; `interval` has both tails: 0 lies outside of it
 * if the difference is significant at 1 − `confidence`. A small p says that the difference is not zero, not that it is large. It holds for test
 * sets like this one, not for other domains, and includes neither the spread over training runs nor the choice of the best of many systems.
 * With few segments (less than about 100) it is too small.
 *
 * @param a outputs of system A, one for each segment
 * @param b outputs of system B for the same segments
 * @param references references of the same segments
 * @param metric such as `bleuMetric()`, `chrfMetric()`, `terMetric()`, or a `meanMetric`
 * @throws ShapeError if the lists differ in length or are empty
 * @throws ConfigError for an invalid option, or if the metric returns a score that is not finite
 */
export function pairedBootstrap<Output = string, Reference = References>(
  a: readonly Output[],
  b: readonly Output[],
  references: readonly Reference[],
  metric: CorpusMetric<Output, Reference>,
  options: BootstrapOptions = {},
): BootstrapResult {
  checkOptions('pairedBootstrap', options, {
    samples: 'numeric',
    seed: 'numeric',
    confidence: 'numeric',
  } satisfies OptionNames<BootstrapOptions>);
  const { samples = 1000, seed = 12_345, confidence = 0.95 } = options;
  checkPairs('pairedBootstrap', a, b);
  checkPairs('pairedBootstrap', a, references);
  checkInteger('pairedBootstrap', 'samples', samples, 1, 1e6);
  if (typeof metric?.statistics !== 'function' || typeof metric.score !== 'function')
    throw new ConfigError('pairedBootstrap: needs a CorpusMetric, with the functions statistics and score');
  checkInteger('pairedBootstrap', 'seed', seed, 0, 2 ** 32 - 1);
  if (!(confidence > 0 && confidence < 1)) {
    throw new ConfigError(
      `pairedBootstrap: confidence must be between 0 and 1, got ${describeValue(confidence)}`,
    );
  }
  const statisticsOf = (outputs: readonly Output[]) =>
    outputs.map((output, i) => metric.statistics(output, references[i]!));
  const [statisticsA, statisticsB] = [statisticsOf(a), statisticsOf(b)];
  const scoreOf = (rows: readonly (readonly number[])[]) => {
    const score = metric.score(sumColumns(rows));
    if (Number.isFinite(score)) return score;
    throw new ConfigError(`pairedBootstrap: the metric must return finite scores, got ${score}`);
  };
  const [scoreA, scoreB] = [scoreOf(statisticsA), scoreOf(statisticsB)];

  const random = new Random(seed);
  const differences = Array.from({ length: samples }, () => {
    const indices = a.map(() => Math.floor(random.next() * a.length));
    return scoreOf(indices.map((i) => statisticsA[i]!)) - scoreOf(indices.map((i) => statisticsB[i]!));
  });
  const observed = Math.abs(scoreA - scoreB);
  const meanSize = differences.reduce((sum, value) => sum + Math.abs(value), 0) / samples;
  const extreme = differences.filter((value) => Math.abs(value) - meanSize >= observed).length;
  return {
    a: scoreA,
    b: scoreB,
    difference: scoreA - scoreB,
    interval: percentileInterval(differences, confidence),
    pValue: (1 + extreme) / (1 + samples),
  };
}

/** The range of the values without the same number of them at either end, as sacreBLEU counts them. */
function percentileInterval(values: readonly number[], confidence: number): [low: number, high: number] {
  const sorted = [...values].sort((x, y) => x - y);
  // Of 1000 values at 0.95 exactly 25 at either end, in spite of rounding.
  const outside = Math.floor((sorted.length * (1 - confidence)) / 2 + 1e-9);
  return [sorted[outside]!, sorted[sorted.length - 1 - outside]!];
}
