import { markdownTable, percent } from '../../lab/blocks.ts';
import type { Language } from '../../lab/experiment.ts';
import type { EnglishKoreanResult, Example, GroupScores } from './run.ts';
import type { Interval, SystemScores } from './scores.ts';
import { TEXTS } from './texts.ts';

const score = (value: number, [low, high]: Interval) =>
  `${value.toFixed(1)} (${low.toFixed(1)}–${high.toFixed(1)})`;

const signed = (value: number) => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(1)}`;

function groupTable(name: string, groups: readonly GroupScores[], language: Language): string {
  const { groupHead } = TEXTS[language];
  return markdownTable(
    [name, ...groupHead],
    groups.map(({ group, model, nearest, copy, gain }) => [
      group,
      model.count.toLocaleString('en'),
      score(model.chrf, model.chrfInterval),
      score(nearest.chrf, nearest.chrfInterval),
      copy.chrf.toFixed(1),
      `${signed(gain.difference)} (${signed(gain.interval[0])} – ${signed(gain.interval[1])})`,
    ]),
  );
}

/** A text in a cell: Markdown's own characters as they are. */
const cell = (text: string): string => text.replace(/[\\|<>*_`[\]{}]/g, '\\$&');

function exampleTable(examples: readonly Example[], language: Language): string {
  const { exampleHead } = TEXTS[language];
  return markdownTable(
    exampleHead,
    examples.map(({ domain, percentile, chrf, source, output, reference, nearest }) => [
      domain,
      percentile,
      chrf.toFixed(0),
      ...[source, output, reference, nearest].map(cell),
    ]),
  );
}

export function tables(result: EnglishKoreanResult, language: Language): string {
  const text = TEXTS[language];
  const { all, greedy, curve } = result;
  const row = (name: string, scores: SystemScores) => [
    name,
    score(scores.chrf, scores.chrfInterval),
    score(scores.bleu, scores.bleuInterval),
    scores.bleuWords.toFixed(1),
    percent(scores.exact),
  ];
  return [
    markdownTable(text.systemHead, [
      row(text.beam, all.model),
      row(text.greedy, greedy),
      row(text.nearest, all.nearest),
      row(text.copy, all.copy),
    ]),
    groupTable(text.domain, result.domains, language),
    groupTable(text.similarity, result.similarities, language),
    markdownTable(
      text.curveHead,
      curve.map(({ pairs, epochs, steps, validationLoss, model, nearest }) => [
        pairs.toLocaleString('en'),
        epochs.toFixed(0),
        steps.toLocaleString('en'),
        validationLoss.toFixed(2),
        score(model.chrf, model.chrfInterval),
        nearest.chrf.toFixed(1),
      ]),
    ),
    exampleTable(result.examples, language),
  ].join('\n\n');
}
