import { type Clause, type Meaning, sharesSubject, type Thing } from './clause.ts';
import type { Tense } from './conjugate.ts';
import { type Noun, numbers, type Verb } from './lexicon.ts';

const withArticle = (phrase: string) => `${/^[aeiou]/.test(phrase) ? 'an' : 'a'} ${phrase}`;

const pluralOf = ({ en, plural }: Noun) => plural ?? `${en}s`;

/** Subjects and people are definite, everything else is not: the teacher, an apple, milk. */
function nounPhrase(thing: Thing, role: 'subject' | 'object' | 'kind'): string {
  if ('pronoun' in thing) return role === 'subject' ? thing.pronoun.en : thing.pronoun.me;
  const { noun, adjective, count } = thing;
  const described = (name: string) => (adjective ? `${adjective.en} ${name}` : name);
  if (count !== undefined) return `${numbers[count - 2]![0]} ${described(pluralOf(noun))}`;
  if (noun.class === 'words' || noun.class === 'weather') return noun.en;
  if (role === 'subject' && noun.class !== 'study') return `the ${described(noun.en)}`;
  if (noun.plural === null) return described(noun.en);
  if (noun.class === 'person') return `the ${described(noun.en)}`;
  return role === 'kind' ? described(pluralOf(noun)) : withArticle(described(noun.en));
}

const isThird = (thing: Thing) =>
  'pronoun' in thing ? thing.pronoun.third === true : thing.count === undefined;

/** The verb for he, she and it: goes, studies, waits for. */
function thirdPerson(verb: string): string {
  const [first = '', ...rest] = verb.split(' ');
  const s = /[^aeiou]y$/.test(first)
    ? `${first.slice(0, -1)}ies`
    : `${first}${/(?:[sxo]|[cs]h)$/.test(first) ? 'es' : 's'}`;
  return [s, ...rest].join(' ');
}

function beForm(first: boolean, third: boolean, tense: Tense): string {
  if (tense === 'past') return first || third ? 'was' : 'were';
  return first ? 'am' : third ? 'is' : 'are';
}

/** A clause in pieces: a question puts the auxiliary before the subject. */
interface Pieces {
  readonly subject: string;
  /** Empty where the verb itself has the tense: I ate. */
  readonly auxiliary: string;
  readonly rest: readonly string[];
}

function verbPieces(verb: Pick<Verb, 'en' | 'past'>, third: boolean, tense: Tense, auxiliary: boolean) {
  if (tense === 'future') return { auxiliary: 'will', verb: verb.en };
  if (auxiliary) return { auxiliary: tense === 'past' ? 'did' : third ? 'does' : 'do', verb: verb.en };
  return { auxiliary: '', verb: tense === 'past' ? verb.past : third ? thirdPerson(verb.en) : verb.en };
}

function pieces(clause: Clause, { tense, question }: Meaning): Pieces {
  const { subject, predicate, negative = false } = clause;
  const not = negative ? ['not'] : [];
  const who = question === 'who';
  const third = who || isThird(subject);
  const named = who ? 'who' : nounPhrase(subject, 'subject');
  // Who eats an apple? needs no auxiliary.
  const auxiliary = negative || (question !== undefined && !who);
  const first = !who && 'pronoun' in subject && subject.pronoun.en === 'I';
  const be = (complement: readonly string[]) =>
    tense === 'future'
      ? { auxiliary: 'will', rest: [...not, 'be', ...complement] }
      : { auxiliary: beForm(first, third, tense), rest: [...not, ...complement] };
  switch (predicate.kind) {
    case 'verb': {
      const { verb, object, recipient, place } = predicate;
      const form = verbPieces(verb, third, tense, auxiliary);
      const rest = [
        ...not,
        form.verb,
        ...(object && question !== 'what' ? [nounPhrase(object, verb.generic ? 'kind' : 'object')] : []),
        ...(recipient ? ['to', nounPhrase(recipient, 'object')] : []),
        ...(place && question !== 'where' ? [verb.motion ? place.to : place.en] : []),
      ];
      return { subject: named, auxiliary: form.auxiliary, rest };
    }
    case 'hurt': {
      const owner = 'pronoun' in subject ? subject.pronoun.my : `${named}'s`;
      const form = verbPieces({ en: 'hurt', past: 'hurt' }, true, tense, auxiliary);
      return {
        subject: `${owner} ${predicate.body.en}`,
        auxiliary: form.auxiliary,
        rest: [...not, form.verb],
      };
    }
    case 'adjective':
      return { subject: named, ...be([predicate.adjective.en]) };
    case 'noun':
      return { subject: named, ...be([withArticle(predicate.noun.en)]) };
    case 'existence': {
      // There is a cat; there is no cat; are there two cats?
      const thing = nounPhrase(subject, 'object').replace(/^the /, 'a ');
      const what = negative ? `no ${thing.replace(/^an? /, '')}` : thing;
      const { auxiliary: is, rest } = be([what, predicate.place.en]);
      return { subject: 'there', auxiliary: is, rest: negative ? rest.slice(1) : rest };
    }
  }
}

const QUESTION_WORDS: Readonly<Record<string, string>> = { what: 'what', where: 'where' };

/** The sentence in English. Statements have no full stop, questions a question mark. */
export function english(meaning: Meaning): string {
  const { clauses, joints, time, timeFirst = false, question } = meaning;
  const words: string[] = [];
  if (time && timeFirst) words.push(time.en);
  clauses.forEach((clause, i) => {
    const { subject, auxiliary, rest } = pieces(clause, meaning);
    const repeated = sharesSubject(clauses[i - 1], clause);
    if (i > 0) words.push(joints[i - 1]!);
    if (question === undefined || question === 'who') words.push(repeated ? '' : subject, auxiliary, ...rest);
    else words.push(QUESTION_WORDS[question] ?? '', auxiliary, subject, ...rest);
  });
  if (time && !timeFirst) words.push(time.en);
  const text = words.filter((word) => word !== '').join(' ');
  return text[0]!.toUpperCase() + text.slice(1) + (question ? '?' : '');
}
