import { barChart, lineChart } from '../../figures/index.ts';
import type { Language } from '../../lab/experiment.ts';
import type { EnglishKoreanResult, GroupScores } from './run.ts';
import { TEXTS } from './texts.ts';

const SYSTEMS = ['model', 'nearest', 'copy'] as const;

export function figures(result: EnglishKoreanResult, language: Language): Record<string, string> {
  const text = TEXTS[language];
  const values = (groups: readonly GroupScores[], system: (typeof SYSTEMS)[number]) =>
    groups.map(({ [system]: { chrf, chrfInterval } }) => ({
      value: chrf,
      low: chrfInterval[0],
      high: chrfInterval[1],
    }));
  const { domains, similarities, curve } = result;
  return {
    domains: barChart({
      title: text.domains.title,
      subtitle: text.domains.subtitle,
      value: { label: text.domains.x },
      categories: domains.map(({ group }) => group),
      series: SYSTEMS.map((system) => ({
        name: text[system],
        values: values(domains, system),
        quiet: system === 'copy',
      })),
    }),
    similarity: lineChart({
      title: text.similarities.title,
      subtitle: text.similarities.subtitle,
      x: { label: text.similarities.x, scale: 'point' },
      y: { label: text.similarities.y },
      series: SYSTEMS.map((system) => ({
        name: text[system],
        points: values(similarities, system).map(({ value, low, high }, i) => ({
          x: similarities[i]!.group,
          y: value,
          low,
          high,
        })),
        quiet: system === 'copy',
      })),
    }),
    training: lineChart({
      title: text.training.title,
      subtitle: text.training.subtitle,
      x: { label: text.training.x },
      y: { label: text.training.y },
      series: curve.map(({ pairs, evaluations }) => ({
        name: text.pairs(pairs.toLocaleString('en')),
        points: evaluations.map(({ step, loss }) => ({ x: step, y: loss })),
      })),
    }),
  };
}
