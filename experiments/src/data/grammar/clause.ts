import type { Tense } from './conjugate.ts';
import type { Adjective, Noun, Place, Pronoun, Time, Verb } from './lexicon.ts';

/** Something named: a pronoun, or a noun with an adjective or a number. */
export type Thing =
  | { readonly pronoun: Pronoun }
  | { readonly noun: Noun; readonly adjective?: Adjective; readonly count?: number };

/** What one clause says, in no language. */
export type Predicate =
  /** I give an apple to the child at school. */
  | {
      readonly kind: 'verb';
      readonly verb: Verb;
      readonly object?: Thing;
      readonly recipient?: Thing;
      readonly place?: Place;
    }
  /** The apple is red. */
  | { readonly kind: 'adjective'; readonly adjective: Adjective }
  /** I am a student. */
  | { readonly kind: 'noun'; readonly noun: Noun }
  /** There is a cat at the park: the subject is what is there. */
  | { readonly kind: 'existence'; readonly place: Place }
  /** My stomach hurts: the subject is the owner. */
  | { readonly kind: 'hurt'; readonly body: Noun };

export interface Clause {
  readonly subject: Thing;
  readonly predicate: Predicate;
  readonly negative?: boolean;
}

export type Joint = 'and' | 'but';

/** What is asked for in place of a part. */
export type Asked = 'who' | 'what' | 'where';

/** A sentence: clauses of one tense. Only single clauses are questions. */
export interface Meaning {
  readonly clauses: readonly Clause[];
  /** Between the clauses: one fewer than those. */
  readonly joints: readonly Joint[];
  readonly tense: Tense;
  readonly time?: Time;
  /** Whether the time stands at the beginning: always where there are several clauses. */
  readonly timeFirst?: boolean;
  /** `yes-no`, or what is asked for. */
  readonly question?: 'yes-no' | Asked;
}

export const nameOf = (thing: Thing): string => ('pronoun' in thing ? thing.pronoun.en : thing.noun.en);

/** Whether a clause leaves its subject out because the one before it has the same: I eat an apple and drink coffee. */
export function sharesSubject(before: Clause | undefined, clause: Clause): boolean {
  const isPlain = ({ predicate: { kind } }: Clause) => kind !== 'existence' && kind !== 'hurt';
  if (!before || before.negative || !isPlain(before) || !isPlain(clause)) return false;
  return nameOf(before.subject) === nameOf(clause.subject);
}

/**
 * Which words meet in a clause: its verb with its object, place or subject. Sides are divided by it. What is asked for is not said, so the
 * word of the question stands in its place.
 */
export function combination({ subject, predicate }: Clause, question?: Meaning['question']): string {
  const who = question === 'who' ? 'who' : nameOf(subject);
  switch (predicate.kind) {
    case 'verb': {
      const { verb, object, place } = predicate;
      const what = object && (question === 'what' ? 'what' : nameOf(object));
      const where = place && (question === 'where' ? 'where' : `${place.en} ${place.ko}`);
      return `${verb.en} ${verb.stem}: ${what ?? where ?? who}`;
    }
    case 'adjective':
      return `${predicate.adjective.en}: ${who}`;
    case 'noun':
      return `be: ${predicate.noun.en} ${who}`;
    case 'existence':
      return `there is: ${who} ${predicate.place.ko}`;
    case 'hurt':
      return `hurt: ${predicate.body.en} ${who}`;
  }
}
