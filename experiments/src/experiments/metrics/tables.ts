import { markdownTable } from '../../lab/blocks.ts';
import type { Language } from '../../lab/experiment.ts';
import type { Disagreement, MetricsResult, OutputsResult } from './result.ts';
import { scorers } from './scorers.ts';
import { metricName, texts } from './texts.ts';

const heads = {
  en: {
    system: 'system',
    systems: 'Corpus scores on the held-out pairs of real English to Korean:',
    noOutputs:
      'The part on the outputs of real English to Korean has no results yet: they are made when that experiment has some.',
    correlations: 'Rank correlations between the metrics over the outputs of the model',
    agreement: (a: string, b: string, most: string, c: string, d: string, least: string) =>
      `Output by output, ${a} and ${b} agree most (${most}), ${c} and ${d} least (${least}). The outputs on which two metrics disagree most, by rank:`,
    higher: 'higher in',
    lower: 'lower in',
    source: 'source',
    reference: 'reference',
    output: 'output',
    judged: 'system',
    human: 'judges, mean z-score',
    words: 'words',
    characters: 'characters',
    tokens: 'tokens',
    adequacy: 'adequacy',
    fluency: 'fluency',
    metric: 'metric',
    reproduced: (equal: number, chrf: number, lines: number) =>
      `Of ${lines} judged lines, ${equal} have the BLEU and TER that are published, and ${chrf} of those the chrF as well.`,
    segments: (rated: number, count: number) =>
      `Spearman's correlation of published scores with the judges', over ${rated.toLocaleString('en')} texts (of ${count.toLocaleString('en')}; in the others both scores of the judges are 0):`,
    lines: (lines: number) => `The same of the metrics here, over ${lines} lines:`,
    corpus: 'Published scores of the four systems, over all texts:',
  },
  ko: {
    system: '시스템',
    systems: '실제 영한 번역의 떼어 둔 쌍에서 얻은 말뭉치 점수:',
    noOutputs: '실제 영한 번역의 출력을 쓰는 부분은 아직 결과가 없습니다. 그 실험에 결과가 있을 때 만듭니다.',
    correlations: '모델의 출력에서 지표 사이의 순위 상관',
    agreement: (a: string, b: string, most: string, c: string, d: string, least: string) =>
      `출력 하나하나에서 ${a}와(과) ${b}의 의견이 가장 가깝고(${most}), ${c}와(과) ${d}의 의견이 가장 멉니다(${least}). 순위로 보아 두 지표의 의견이 가장 다른 출력입니다:`,
    higher: '높게 본 지표',
    lower: '낮게 본 지표',
    source: '원문',
    reference: '참조',
    output: '출력',
    judged: '시스템',
    human: '평가자 z 점수 평균',
    words: '어절',
    characters: '글자',
    tokens: '토큰',
    adequacy: '충실성',
    fluency: '유창성',
    metric: '지표',
    reproduced: (equal: number, chrf: number, lines: number) =>
      `사람이 평가한 ${lines}줄 가운데 ${equal}줄은 발표된 BLEU와 TER를 그대로 얻고, 그중 ${chrf}줄은 chrF도 같습니다.`,
    segments: (rated: number, count: number) =>
      `발표된 점수와 평가자 점수의 스피어만 상관. ${count.toLocaleString('en')}개 가운데 ${rated.toLocaleString('en')}개 텍스트(나머지는 평가자의 두 점수가 모두 0):`,
    lines: (lines: number) => `여기 지표들의 같은 상관, ${lines}줄:`,
    corpus: '네 시스템의 발표된 점수, 텍스트 전체:',
  },
} as const;

/** A score of a metric with its usual number of digits. */
const written = (name: string, score: number): string =>
  scorers.find((scorer) => scorer.name === name)!.scale === 100 ? score.toFixed(1) : score.toFixed(3);

/** A text that a cell of a table can have. */
const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('<', '&lt;') || '∅';

/** Metrics that say nothing of most Korean texts, or only of equal ones. */
const coarse = new Set(['ROUGE-L, ASCII', 'exact match']);

function outputParts(outputs: OutputsResult, metrics: readonly string[], language: Language): string[] {
  const head = heads[language];
  const name = (m: number) => metricName(metrics[m]!, language);
  const pairs = outputs.correlations
    .flatMap((row, a) => row.map((value, b) => ({ a, b, value })))
    .filter(
      ({ a, b, value }) => a < b && value !== null && !coarse.has(metrics[a]!) && !coarse.has(metrics[b]!),
    )
    .sort((x, y) => y.value! - x.value!);
  const [most, least] = [pairs[0]!, pairs.at(-1)!];
  return [
    head.systems,
    markdownTable(
      [head.system, ...metrics.map((_, m) => name(m))],
      outputs.systems.map((system) => [
        texts[language].systems[system.name],
        ...system.scores.map((score, m) => written(metrics[m]!, score)),
      ]),
    ),
    `![${head.correlations}](figures/metrics-correlations${language === 'en' ? '' : `-${language}`}.svg)`,
    head.agreement(
      name(most.a),
      name(most.b),
      most.value!.toFixed(2),
      name(least.a),
      name(least.b),
      least.value!.toFixed(2),
    ),
    markdownTable(
      [head.higher, head.lower, head.source, head.reference, head.output],
      outputs.disagreements.map((one) => disagreementRow(one, language)),
    ),
  ];
}

export function tables(result: MetricsResult, language: Language): string {
  const head = heads[language];
  const { tokens: tokenNames } = texts[language];
  const names = result.metrics.map((name) => metricName(name, language));
  const { published, outputs } = result;
  return [
    ...(outputs ? outputParts(outputs, result.metrics, language) : [head.noOutputs]),
    head.reproduced(published.reproduced, published.reproducedChrf, published.lines),
    head.segments(published.segments.rated, published.segments.count),
    markdownTable(
      [
        head.tokens,
        ...['BLEU', 'chrF', 'TER'].flatMap((name) => [
          `${name}, ${head.adequacy}`,
          `${name}, ${head.fluency}`,
        ]),
      ],
      published.segments.correlations.map(({ tokens, bleu, chrf, ter }) => [
        tokenNames[tokens]!,
        ...[bleu, chrf, ter].flatMap(({ adequacy, fluency }) => [signed(adequacy), signed(fluency)]),
      ]),
    ),
    head.lines(published.lines),
    markdownTable(
      [head.metric, head.adequacy, head.fluency],
      result.metrics.flatMap((_, m) =>
        published.withAdequacy[m] === null
          ? []
          : [[names[m]!, signed(published.withAdequacy[m]!), signed(published.withFluency[m]!)]],
      ),
    ),
    head.corpus,
    markdownTable(
      [
        head.judged,
        head.human,
        ...['BLEU', 'chrF', 'TER'].flatMap((name) => [
          `${name}, ${head.words}`,
          `${name}, ${head.characters}`,
        ]),
      ],
      published.systems.map(({ system, human, bleu, chrf, ter }) => [
        system,
        signed(human),
        ...[bleu, chrf, ter].flatMap(({ word, character }) => [word.toFixed(1), character.toFixed(1)]),
      ]),
    ),
  ].join('\n\n');
}

const signed = (value: number) => value.toFixed(2).replace('-', '−');

function disagreementRow({ higher, lower, ...one }: Disagreement, language: Language): string[] {
  return [
    `${metricName(higher, language)} ${written(higher, one.scores[0])}`,
    `${metricName(lower, language)} ${written(lower, one.scores[1])}`,
    cell(one.source),
    cell(one.reference),
    cell(one.output),
  ];
}
