import { markdownTable } from '../../lab/blocks.ts';
import type { Language } from '../../lab/experiment.ts';
import type { Disagreement, MetricsResult } from './experiment.ts';
import { scorers } from './scorers.ts';
import { metricName, texts } from './texts.ts';

const heads = {
  en: {
    system: 'system',
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

export function tables(result: MetricsResult, language: Language): string {
  const head = heads[language];
  const { systems, tokens: tokenNames } = texts[language];
  const names = result.metrics.map((name) => metricName(name, language));
  const { published, outputs } = result;
  return [
    ...(outputs
      ? [
          markdownTable(
            [head.system, ...names],
            outputs.systems.map(({ name, scores }) => [
              systems[name],
              ...scores.map((score, m) => written(result.metrics[m]!, score)),
            ]),
          ),
          markdownTable(
            [head.higher, head.lower, head.source, head.reference, head.output],
            outputs.disagreements.map((one) => disagreementRow(one, language)),
          ),
        ]
      : []),
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
