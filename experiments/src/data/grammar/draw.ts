import { Choices } from '../random.ts';
import { type Side, sideOf } from '../split.ts';
import { type Asked, type Clause, combination, type Meaning, type Predicate, type Thing } from './clause.ts';
import type { Tense } from './conjugate.ts';
import {
  adjectives,
  fall,
  hurt,
  type Noun,
  type NounClass,
  names,
  nouns,
  numbers,
  places,
  pronouns,
  times,
  type Verb,
  verbs,
} from './lexicon.ts';

const nounsFor = (verb: string, list: readonly string[]) =>
  nouns.filter((noun) => names(list, noun) && (noun.only?.includes(verb) ?? true));

const ofClass = (...classes: readonly NounClass[]) =>
  nouns.filter((noun) => classes.includes(noun.class) && noun.only === undefined);

const people = ofClass('person');
const bodies = nouns.filter(({ only }) => only?.includes(hurt.en));
const weather = nouns.filter(({ only }) => only?.includes(fall.en));
const described = adjectives.map((adjective) => ({
  adjective,
  nouns: nouns.filter((noun) => names(adjective.of, noun) && noun.only === undefined),
}));
const questionWords: readonly ('yes-no' | Asked)[] = ['yes-no', 'yes-no', 'who', 'what', 'where'];
const singular = pronouns.filter(({ en }) => en !== 'we' && en !== 'they');
/** Verbs that their object alone tells apart: 쓰다 is write, use or wear. */
const needsObject = (verb: Verb) => verbs.some((other) => other !== verb && other.stem === verb.stem);
const isPerson = (thing: Thing) => 'pronoun' in thing || thing.noun.class === 'person';
const tenses: readonly Tense[] = ['present', 'past', 'future'];

/** Nobody loves himself here: I and we, or you and you, do not meet. */
const circle = (en: string) => ({ I: 'us', we: 'us', you: 'you' })[en];

/** Draws meanings: what sentences say. */
export class Meanings {
  readonly #choices: Choices;

  constructor(seed: number, stream = 0) {
    this.#choices = new Choices(seed, stream);
  }

  #subject(classes: readonly NounClass[] = []): Thing {
    if (classes.length > 0 && this.#choices.chance(0.3))
      return { noun: this.#choices.of(ofClass(...classes)) };
    if (this.#choices.chance(0.6)) return { pronoun: this.#choices.of(pronouns) };
    return { noun: this.#choices.of(people) };
  }

  /** A single person, other than a noun. */
  #one(except?: Noun): Thing {
    if (this.#choices.chance(0.7)) return { pronoun: this.#choices.of(singular) };
    return { noun: this.#choices.of(people.filter((other) => other !== except)) };
  }

  /** A noun, perhaps with an adjective or a number. */
  #described(noun: Noun, countable: boolean): Thing {
    const fitting = described.filter((entry) => entry.nouns.includes(noun));
    if (fitting.length > 0 && this.#choices.chance(0.2))
      return { noun, adjective: this.#choices.of(fitting).adjective };
    if (countable && noun.plural !== null && this.#choices.chance(0.15))
      return { noun, count: this.#choices.integer(2, numbers.length + 1) };
    return { noun };
  }

  #object(verb: Verb, subject: Thing): Thing {
    if (verb.pronouns && this.#choices.chance(0.6)) {
      const own = 'pronoun' in subject ? circle(subject.pronoun.en) : undefined;
      const others = pronouns.filter(({ en }) => own === undefined || circle(en) !== own);
      return { pronoun: this.#choices.of(others) };
    }
    const own = 'noun' in subject ? subject.noun : undefined;
    const noun = this.#choices.of(nounsFor(verb.en, verb.objects!).filter((other) => other !== own));
    return this.#described(noun, !verb.generic && noun.class !== 'person');
  }

  #verb(): Clause {
    const verb = this.#choices.of(verbs);
    const animals = verb.subjects?.includes('animal')
      ? nouns.filter((noun) => noun.class === 'animal' && (noun.only?.includes(verb.en) ?? true))
      : [];
    const subject =
      animals.length > 0 && this.#choices.chance(0.3) ? { noun: this.#choices.of(animals) } : this.#subject();
    const object = verb.objects && this.#object(verb, subject);
    const own = 'noun' in subject ? subject.noun : undefined;
    const recipient = verb.recipient
      ? { noun: this.#choices.of(people.filter((other) => other !== own)) }
      : undefined;
    const fitting = places.filter(({ only }) => only?.includes(verb.en) ?? true);
    // A bank to borrow at lends money.
    const possible =
      object && 'noun' in object && object.noun.class !== 'money'
        ? fitting.filter(({ only }) => !only)
        : fitting;
    const place = verb.place === '에' || this.#choices.chance(0.3) ? this.#choices.of(possible) : undefined;
    return {
      subject,
      predicate: {
        kind: 'verb',
        verb,
        ...(object && { object }),
        ...(recipient && { recipient }),
        ...(place && { place }),
      },
    };
  }

  #clause(): Clause {
    const kind = this.#choices.integer(1, 100);
    if (kind <= 73) return this.#verb();
    if (kind <= 85) {
      const { adjective, nouns: fitting } = this.#choices.of(described);
      const personal = adjective.of.includes('person') && this.#choices.chance(0.5);
      const subject = personal ? this.#subject() : { noun: this.#choices.of(fitting) };
      return { subject, predicate: { kind: 'adjective', adjective } };
    }
    if (kind <= 91) {
      const noun = this.#choices.of(people);
      return { subject: this.#one(noun), predicate: { kind: 'noun', noun } };
    }
    if (kind <= 95) {
      const noun = this.#choices.of(ofClass('animal', 'thing', 'person'));
      const place = this.#choices.of(places.filter(({ only }) => !only));
      return { subject: this.#described(noun, true), predicate: { kind: 'existence', place } };
    }
    if (kind <= 98)
      return { subject: this.#one(), predicate: { kind: 'hurt', body: this.#choices.of(bodies) } };
    return { subject: { noun: this.#choices.of(weather) }, predicate: { kind: 'verb', verb: fall } };
  }

  /** A clause, and perhaps a question about it, whose combination of words is of a side. */
  #clauseOf(side: Side | undefined, mayAsk: boolean) {
    for (;;) {
      const drawn = this.#clause();
      const question = mayAsk && this.#choices.chance(0.25) ? this.#question(drawn) : undefined;
      if (side !== undefined && sideOf(combination(drawn, question)) !== side) continue;
      const negative = this.#choices.chance(0.2) && !isCounted(drawn);
      return { clause: negative ? { ...drawn, negative } : drawn, question };
    }
  }

  #question({ subject, predicate }: Clause): Meaning['question'] {
    const question = this.#choices.of(questionWords);
    const isThere = {
      'yes-no': true,
      who: isPerson(subject) && predicate.kind !== 'existence' && predicate.kind !== 'hurt',
      what: predicate.kind === 'verb' && predicate.object !== undefined && !needsObject(predicate.verb),
      where: predicate.kind === 'verb' && predicate.place !== undefined,
    }[question];
    return isThere ? question : 'yes-no';
  }

  /** A sentence of so many clauses, whose combinations of words are all of a side. Default: of any, and one clause. */
  draw(side?: Side, length = 1): Meaning {
    const drawn = Array.from({ length }, () => this.#clauseOf(side, length === 1));
    const clauses = drawn.map(({ clause }) => clause);
    const question = drawn[0]!.question;
    const joints = clauses.slice(1).map(() => (this.#choices.chance(0.7) ? 'and' : 'but') as 'and' | 'but');
    const tense = this.#choices.of(tenses);
    const timed = clauses.every(({ predicate }) => canBeTimed(predicate)) && this.#choices.chance(0.3);
    const time = timed ? this.#choices.of(times.filter(({ tenses }) => tenses.includes(tense))) : undefined;
    const timeFirst = length > 1 || this.#choices.chance(0.5);
    return {
      clauses,
      joints,
      tense,
      ...(time && { time, timeFirst: timeFirst && !question }),
      ...(question && { question }),
    };
  }
}

/** There are two cats: its negation, no two cats, is not said. */
const isCounted = ({ subject, predicate }: Clause) => predicate.kind === 'existence' && 'count' in subject;

const canBeTimed = ({ kind }: Predicate) => kind === 'verb' || kind === 'existence';
