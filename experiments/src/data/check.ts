import type { Shown } from './catalogue.ts';
import { type DataSet, sides } from './split.ts';

/** What is wrong with a data set: texts on two sides, or too few to train on. */
export function problemsOf(data: DataSet<Shown>, atLeast: number): string[] {
  const problems: string[] = [];
  if (data.train.length < atLeast)
    problems.push(`expected at least ${atLeast} examples to train on, found ${data.train.length}`);
  for (const side of sides) {
    if (data[side].length === 0) problems.push(`${side} has no examples`);
    for (const other of sides.slice(sides.indexOf(side) + 1)) {
      const keys = new Set(data[side].map(({ key }) => key));
      const shared = data[other].filter(({ key }) => keys.has(key));
      if (shared.length > 0)
        problems.push(`${shared.length} texts are both in ${side} and in ${other}: ${shared[0]!.key}`);
    }
  }
  return problems;
}
