import type { Expectation } from './candidates.ts';
import { formatProbability } from './format.ts';
import type { GenerateMessages } from './messages.ts';

/** What a sighted reader sees first: the three most probable tokens. */
export function describeExpectation(
  { candidates }: Expectation,
  textOf: (id: number) => string,
  t: GenerateMessages,
): string {
  const first = candidates.slice(0, 3);
  const named = first.map(({ id, model }) => t.text.token(textOf(id), formatProbability(model))).join('; ');
  return t.next.describe(named, candidates.length - first.length);
}
