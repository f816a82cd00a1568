import type { Clause, Meaning, Predicate, Thing } from '../../src/data/grammar/clause.ts';
import { adjectives, nouns, places, pronouns, times, verbs } from '../../src/data/grammar/lexicon.ts';

const find = <T extends { readonly en: string }>(items: readonly T[], en: string): T => {
  const found = items.find((item) => item.en === en);
  if (!found) throw new Error(`the lexicon has no "${en}"`);
  return found;
};

/** A pronoun or a noun by its English word. */
export function thing(en: string, more: { adjective?: string; count?: number } = {}): Thing {
  const pronoun = pronouns.find((one) => one.en === en);
  if (pronoun) return { pronoun };
  const { adjective, count } = more;
  return {
    noun: find(nouns, en),
    ...(adjective !== undefined && { adjective: find(adjectives, adjective) }),
    ...(count !== undefined && { count }),
  };
}

export const verb = (
  en: string,
  { object, recipient, place }: { object?: Thing; recipient?: Thing; place?: string } = {},
): Predicate => ({
  kind: 'verb',
  verb: find(verbs, en),
  ...(object && { object }),
  ...(recipient && { recipient }),
  ...(place !== undefined && { place: places.find(({ ko }) => ko === place)! }),
});

export const adjective = (en: string): Predicate => ({ kind: 'adjective', adjective: find(adjectives, en) });
export const noun = (en: string): Predicate => ({ kind: 'noun', noun: find(nouns, en) });
export const existence = (place: string): Predicate => ({
  kind: 'existence',
  place: places.find(({ ko }) => ko === place)!,
});
export const hurt = (en: string): Predicate => ({ kind: 'hurt', body: find(nouns, en) });

/** A sentence of one clause. */
export function sentence(
  subject: Thing,
  predicate: Predicate,
  more: Partial<Omit<Meaning, 'time'>> & { readonly time?: string; readonly negative?: boolean } = {},
): Meaning {
  const { negative = false, time, ...rest } = more;
  const clause: Clause = { subject, predicate, negative };
  return {
    clauses: [clause],
    joints: [],
    tense: 'present',
    ...(time !== undefined && { time: find(times, time) }),
    ...rest,
  };
}
