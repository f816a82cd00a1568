import { barChart, lineChart } from '../../figures/index.ts';
import type { Language } from '../../lab/experiment.ts';
import type { T5Result } from './run.ts';
import { TEXTS } from './texts.ts';

export function figures({ tasks, few }: T5Result, language: Language): Record<string, string> {
  const text = TEXTS[language];
  const inPercent = (fraction: number | null) => (fraction === null ? null : 100 * fraction);
  return {
    tasks: barChart({
      title: text.tasks.title,
      subtitle: text.tasks.subtitle,
      value: { label: text.tasks.x, domain: [0, 100] },
      categories: tasks.map(({ task }) => task),
      series: (['all', 'single'] as const).map((system) => ({
        name: text[system],
        values: tasks.map(({ [system]: fraction }) => 100 * fraction),
      })),
    }),
    few: lineChart({
      title: text.few.title,
      subtitle: text.few.subtitle,
      x: { label: text.few.x, ticks: few.map(({ examples }) => examples) },
      y: { label: text.few.y, domain: [0, 100] },
      series: [
        {
          name: text.withOthers,
          points: few.map(({ examples, withOthers }) => ({ x: examples, y: 100 * withOthers })),
        },
        {
          name: text.alone,
          points: few.map(({ examples, alone }) => ({ x: examples, y: inPercent(alone) })),
        },
      ],
    }),
  };
}
