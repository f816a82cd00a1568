import { type Clause, type Meaning, sharesSubject, type Thing } from './clause.ts';
import {
  attributive,
  conjugate,
  connective,
  copula,
  type Form,
  type Stem,
  type Style,
  type Tense,
} from './conjugate.ts';
import { finalOf, object, subject, topic } from './hangul.ts';
import { numbers } from './lexicon.ts';

export interface KoreanOptions {
  /** Default: casual. */
  readonly style?: Style;
  /** Puts the object before the subject: 사과를 나는 먹는다. Default false. */
  readonly objectFirst?: boolean;
  /** Negates with 안 (안 먹는다) where the verb is one word without 하다. Default: -지 않다. */
  readonly shortNegation?: boolean;
}

const isHumble = (style: Style) => style === 'polite' || style === 'formal';

function nounPhrase(thing: Thing, style: Style): string {
  if ('pronoun' in thing) return isHumble(style) ? thing.pronoun.humble : thing.pronoun.ko;
  const { noun, adjective, count } = thing;
  const named = adjective ? `${attributive(adjective)} ${noun.ko}` : noun.ko;
  return count === undefined ? named : `${named} ${numbers[count - 2]![1]} ${noun.counter ?? '개'}`;
}

/** The parts of a clause before its predicate. */
interface Parts {
  readonly subject?: string;
  readonly others: readonly string[];
  readonly object?: string;
}

function partsOf(clause: Clause, style: Style, asked: Meaning['question']): Parts {
  const { predicate } = clause;
  const named = nounPhrase(clause.subject, style);
  const about = { subject: asked === 'who' ? '누가' : topic(named), others: [] };
  switch (predicate.kind) {
    case 'verb': {
      const { verb, place, recipient } = predicate;
      const where = verb.place ?? '에서';
      const others = [
        ...(asked === 'where' ? [`어디${where}`] : place ? [place.ko + where] : []),
        ...(recipient ? [`${nounPhrase(recipient, style)}에게`] : []),
      ];
      const weather = 'noun' in clause.subject && clause.subject.noun.class === 'weather';
      const parts = { ...about, ...(weather && { subject: subject(named) }), others };
      if (asked === 'what') return { ...parts, object: '무엇을' };
      return predicate.object ? { ...parts, object: object(nounPhrase(predicate.object, style)) } : parts;
    }
    case 'adjective':
    case 'noun':
      return about;
    case 'existence':
      return { others: [`${predicate.place.ko}에`, subject(named)] };
    case 'hurt':
      return { ...about, others: [subject(predicate.body.ko)] };
  }
}

/** What is conjugated at the end of a clause. 있다 is negated by 없다. */
function stemOf({ predicate, negative }: Clause): Stem {
  switch (predicate.kind) {
    case 'verb':
      return predicate.verb;
    case 'adjective':
      return predicate.adjective;
    case 'existence':
      return { stem: negative ? '없' : '있', adjective: true };
    default:
      return { stem: '아프', adjective: true };
  }
}

function end(clause: Clause, form: Form, shortNegation: boolean): string {
  const { predicate } = clause;
  if (predicate.kind === 'noun') return copula(predicate.noun.ko, form);
  const stem = stemOf(clause);
  if (predicate.kind === 'existence') return conjugate(stem, { ...form, negative: false });
  if (form.negative && shortNegation && !/하$| /.test(stem.stem))
    return `안 ${conjugate(stem, { ...form, negative: false })}`;
  return conjugate(stem, form);
}

function joined(clause: Clause, tense: Tense, joint: string): string {
  const { predicate, negative = false } = clause;
  if (predicate.kind === 'existence') return connective(stemOf(clause), tense) + joint;
  if (predicate.kind !== 'noun') return connective(stemOf(clause), tense, negative) + joint;
  const noun = predicate.noun.ko;
  if (negative) return `${subject(noun)} ${connective({ stem: '아니', adjective: true }, tense)}${joint}`;
  const be = { present: '이', past: finalOf(noun) === '' ? '였' : '이었', future: '일 거' }[tense];
  return noun + be + joint;
}

/** The sentence in Korean. Statements have no full stop, questions a question mark. */
export function korean(
  meaning: Meaning,
  { style = 'casual', objectFirst = false, shortNegation = false }: KoreanOptions = {},
): string {
  const { clauses, joints, tense, time, timeFirst = false, question } = meaning;
  const words: (string | undefined)[] = [];
  const when = time && [time.ko];
  if (timeFirst && when) words.push(...when);
  clauses.forEach((clause, i) => {
    const { subject, others, object } = partsOf(clause, style, question);
    const shown = sharesSubject(clauses[i - 1], clause) ? undefined : subject;
    if (objectFirst) words.push(object, shown);
    else words.push(shown);
    if (!timeFirst && when && i === 0) words.push(...when);
    words.push(...others);
    if (!objectFirst) words.push(object);
    if (i < joints.length) words.push(joined(clause, tense, joints[i] === 'and' ? '고' : '지만'));
    else {
      const form = { style, tense, negative: clause.negative ?? false, question: question !== undefined };
      words.push(end(clause, form, shortNegation));
    }
  });
  return words.filter((word) => word !== undefined).join(' ') + (question ? '?' : '');
}
