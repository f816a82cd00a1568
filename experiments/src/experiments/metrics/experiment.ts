import { existsSync } from 'node:fs';
import { spearman } from '@headwise/core/metrics';
import { type Experiment, readResults, resultsPath } from '../../lab/experiment.ts';
import type { Lab } from '../../lab/lab.ts';
import { constructed, type Phenomenon, phenomena } from './constructed.ts';
import { figures } from './figures.ts';
import { isEqual, type Published, readPublished, scoresAsPublished } from './published.ts';
import { quality, scorers } from './scorers.ts';
import { tables } from './tables.ts';

/** Qualities are scores from 0 to 1, higher is better; one for each metric, in the order of `metrics`. */
type Qualities = readonly number[];

/** Spearman's rank correlation; null where a metric has the same score for all texts. */
type Correlation = number | null;

export interface PhenomenonResult {
  readonly phenomenon: Phenomenon;
  /** Whether the meaning stays. */
  readonly right: boolean;
  /** Means over the sentences. */
  readonly qualities: Qualities;
  /**
   * Of a wrong one: how often it scores less than the right translations of the same sentence, with ties counted as half; null for a right one.
   */
  readonly below: Qualities | null;
}

/** An output of which two metrics disagree most. */
export interface Disagreement {
  readonly higher: string;
  readonly lower: string;
  readonly source: string;
  readonly reference: string;
  readonly output: string;
  /** Scores of the metric `higher` and of the metric `lower`, and the shares of outputs that have less. */
  readonly scores: readonly [higher: number, lower: number];
  readonly ranks: readonly [higher: number, lower: number];
}

/** On the outputs of the experiment `english-korean`. */
export interface OutputsResult {
  readonly count: number;
  /** Corpus scores, one for each metric. */
  readonly systems: readonly { readonly name: System; readonly scores: readonly number[] }[];
  /** Spearman's rank correlations of the metrics over the outputs of the model. */
  readonly correlations: readonly (readonly Correlation[])[];
  readonly disagreements: readonly Disagreement[];
}

const systems = ['model', 'greedy', 'nearest', 'source'] as const;
export type System = (typeof systems)[number];

export interface PublishedResult {
  readonly source: string;
  readonly commit: string;
  readonly lines: number;
  /** Lines with the published BLEU and TER, and those of them with the published chrF. */
  readonly reproduced: number;
  readonly reproducedChrf: number;
  /** Spearman's correlations of the metrics here with the judges' scores of the lines. */
  readonly withAdequacy: readonly Correlation[];
  readonly withFluency: readonly Correlation[];
  readonly systems: Published['systems'];
  readonly segments: Published['segments'];
}

export interface MetricsResult {
  readonly metrics: readonly string[];
  readonly sentences: number;
  readonly constructed: readonly PhenomenonResult[];
  /** Null where `english-korean` has no results. */
  readonly outputs: OutputsResult | null;
  readonly published: PublishedResult;
}

interface Translation {
  readonly source: string;
  readonly reference: string;
  readonly output: string;
}

function correlation(a: readonly number[], b: readonly number[]): Correlation {
  const value = spearman(a, b);
  return Number.isNaN(value) ? null : value;
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** [texts, metrics] */
const qualitiesOf = (
  texts: readonly { readonly output: string; readonly reference: string }[],
): Qualities[] =>
  texts.map(({ output, reference }) =>
    scorers.map((scorer) => quality(scorer, scorer.text(output, reference))),
  );

export function constructedResults(): PhenomenonResult[] {
  const rows = constructed.map((one, i) => ({ ...one, qualities: all[i]! }));
  return (Object.keys(phenomena) as Phenomenon[]).map((phenomenon) => {
    const own = rows.filter((row) => row.phenomenon === phenomenon);
    const right = phenomena[phenomenon];
    const below = scorers.map((_, m) =>
      mean(
        own.flatMap(({ sentence, qualities }) =>
          rows
            .filter((row) => row.sentence === sentence && phenomena[row.phenomenon])
            .map((other) => (Math.sign(other.qualities[m]! - qualities[m]!) + 1) / 2),
        ),
      ),
    );
    return {
      phenomenon,
      right,
      qualities: scorers.map((_, m) => mean(own.map(({ qualities }) => qualities[m]!))),
      below: right ? null : below,
    };
  });
}

const all = qualitiesOf(constructed);

/** Pairs of metrics whose disagreements are shown, both ways. */
const pairsShown = [
  ['chrF', 'BLEU'],
  ['BLEU of characters', 'TER'],
  ['METEOR, exact', 'CER'],
] as const;

function disagreementsOf(outputs: readonly Translation[], qualities: readonly Qualities[]): Disagreement[] {
  // Outputs of a few words, and neither right nor empty in every metric.
  const shown = outputs.flatMap(({ reference, output }, i) =>
    reference.split(' ').length >= 4 && output !== reference && output !== '' ? [i] : [],
  );
  const ranks = scorers.map((_, m) => {
    const values = shown.map((i) => qualities[i]![m]!);
    return values.map((value) => values.filter((other) => other < value).length / values.length);
  });
  const index = (name: string) => scorers.findIndex((scorer) => scorer.name === name);
  return pairsShown.flatMap(([a, b]) =>
    [
      [a, b],
      [b, a],
    ].map(([higher, lower]) => {
      const [h, l] = [index(higher!), index(lower!)];
      const differences = shown.map((_, k) => ranks[h]![k]! - ranks[l]![k]!);
      const k = differences.indexOf(Math.max(...differences));
      const { source, reference, output } = outputs[shown[k]!]!;
      return {
        higher: higher!,
        lower: lower!,
        source,
        reference,
        output,
        scores: [scorers[h]!.text(output, reference), scorers[l]!.text(output, reference)],
        ranks: [ranks[h]![k]!, ranks[l]![k]!],
      } as const;
    }),
  );
}

export function outputsResult(
  outputs: readonly (Translation & { readonly greedy: string; readonly nearest: string })[],
): OutputsResult {
  const references = outputs.map(({ reference }) => reference);
  const texts: Readonly<Record<System, readonly string[]>> = {
    model: outputs.map(({ output }) => output),
    greedy: outputs.map(({ greedy }) => greedy),
    nearest: outputs.map(({ nearest }) => nearest),
    source: outputs.map(({ source }) => source),
  };
  const qualities = qualitiesOf(outputs);
  const column = (m: number) => qualities.map((row) => row[m]!);
  return {
    count: outputs.length,
    systems: systems.map((name) => ({
      name,
      scores: scorers.map((scorer) => scorer.corpus(texts[name], references)),
    })),
    correlations: scorers.map((_, a) => scorers.map((_, b) => correlation(column(a), column(b)))),
    disagreements: disagreementsOf(outputs, qualities),
  };
}

function publishedResult({ source, commit, systems, segments, lines }: Published): PublishedResult {
  const own = lines.map(({ output, reference }) => scoresAsPublished(output, reference));
  const reproduced = lines.flatMap(({ published }, i) =>
    published && isEqual(published.bleu, own[i]!.bleu) && isEqual(published.ter, own[i]!.ter) ? [i] : [],
  );
  const qualities = qualitiesOf(lines);
  const withHumans = (human: readonly number[]) =>
    scorers.map((_, m) =>
      correlation(
        qualities.map((row) => row[m]!),
        human,
      ),
    );
  return {
    source,
    commit,
    lines: lines.length,
    reproduced: reproduced.length,
    reproducedChrf: reproduced.filter((i) => isEqual(lines[i]!.published!.chrf, own[i]!.chrf)).length,
    withAdequacy: withHumans(lines.map(({ adequacy }) => adequacy)),
    withFluency: withHumans(lines.map(({ fluency }) => fluency)),
    systems,
    segments,
  };
}

async function run(lab: Lab): Promise<MetricsResult> {
  let outputs: OutputsResult | null = null;
  if (existsSync(resultsPath('english-korean'))) {
    const { result } = readResults<{ outputs: Parameters<typeof outputsResult>[0] }>('english-korean');
    outputs = outputsResult(result.outputs.slice(0, lab.size(result.outputs.length, 50)));
  } else lab.log('metrics: english-korean has no results yet; the part on its outputs is left out');
  return {
    metrics: scorers.map(({ name }) => name),
    sentences: new Set(constructed.map(({ sentence }) => sentence)).size,
    constructed: constructedResults(),
    outputs,
    published: publishedResult(readPublished()),
  };
}

/** Experiment j: metrics against each other, and against human judges. */
export const metricsExperiment: Experiment<MetricsResult> = {
  name: 'metrics',
  about: 'metrics of translations against each other and against judges: where each misleads',
  run,
  figures,
  tables,
};
