import { existsSync } from 'node:fs';
import { spearman } from '@headwise/core/metrics';
import { type Experiment, readResults, resultsPath } from '../../lab/experiment.ts';
import type { Lab } from '../../lab/lab.ts';
import { mean } from '../../lab/statistics.ts';
import { constructed, type Phenomenon, phenomena } from './constructed.ts';
import { figures } from './figures.ts';
import { isEqual, type Published, readPublished, scoresAsPublished } from './published.ts';
import type {
  Correlation,
  Disagreement,
  MetricsResult,
  OutputsResult,
  PhenomenonResult,
  PublishedResult,
  Qualities,
  System,
  Translation,
} from './result.ts';
import { quality, scorers } from './scorers.ts';
import { tables } from './tables.ts';

const systems: readonly System[] = ['model', 'greedy', 'nearest', 'source'];

function correlation(a: readonly number[], b: readonly number[]): Correlation {
  const value = spearman(a, b);
  return Number.isNaN(value) ? null : value;
}

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
