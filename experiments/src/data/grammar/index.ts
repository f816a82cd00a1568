/**
 * A grammar of simple sentences in English and Korean. A sentence is drawn as a meaning, which is then said in both languages, so each
 * pair is right by construction, and every sentence has one translation in each direction.
 *
 * The sides are divided by the combinations of words in a clause (`eat` with `apple`): none that is tested is trained on, while every word
 * of the lexicon is.
 */

import { Choices } from '../random.ts';
import {
  type DataSet,
  distinct,
  fill,
  type Pair,
  type SequenceData,
  type Side,
  type Sizes,
  sideOf,
} from '../split.ts';
import type { Meaning } from './clause.ts';
import type { Style } from './conjugate.ts';
import { Meanings } from './draw.ts';
import { english } from './english.ts';
import { type KoreanOptions, korean } from './korean.ts';
import { nouns, places } from './lexicon.ts';

export interface GrammarOptions {
  readonly seed?: number;
  readonly sizes?: Sizes;
}

export interface TranslationOptions extends GrammarOptions {
  /**
   * `en-ko` has casual Korean with its usual order as targets (I love you → 나는 너를 사랑해). `ko-en` has all styles of speech, objects in
   * front of subjects, and both negations as sources.
   */
  readonly direction: 'en-ko' | 'ko-en';
  /** Clauses per sentence, from 1 to this. Default 2. */
  readonly maxClauses?: number;
  /** Clauses per sentence of `longer`: from `maxClauses + 1` to this. Default: three times `maxClauses`. */
  readonly longest?: number;
  /** How many examples `longer` has. Default 0. */
  readonly longer?: number;
}

const defaultSizes: Sizes = { train: 20_000, validation: 1000, test: 1000 };
const styles: readonly Style[] = ['plain', 'casual', 'polite', 'formal'];
const sourceOf = ({ source }: Pair) => source;

const anyKorean = (choices: Choices): KoreanOptions => ({
  style: choices.of(styles),
  objectFirst: choices.chance(0.1),
  shortNegation: choices.chance(0.5),
});

/** Sentences to translate. */
export function grammar({
  direction,
  seed = 0,
  sizes = defaultSizes,
  maxClauses = 2,
  longest = 3 * maxClauses,
  longer = 0,
}: TranslationOptions): SequenceData {
  const meanings = new Meanings(seed);
  const choices = new Choices(seed, 1);
  const draw = (side: Side, clauses: number): Pair => {
    const meaning = meanings.draw(side, clauses);
    return direction === 'en-ko'
      ? { source: english(meaning), target: korean(meaning) }
      : { source: korean(meaning, anyKorean(choices)), target: english(meaning) };
  };
  const data = fill(sizes, (side) => draw(side, choices.integer(1, maxClauses)), sourceOf);
  const drawLonger = () => draw('test', choices.integer(maxClauses + 1, longest));
  return { ...data, longer: [...distinct(longer, drawLonger, sourceOf)] };
}

/** What `tasks` asks for. Each is the beginning of a source, with a colon: the idea of T5 (Raffel et al. 2020). */
export const taskNames = [
  'translate English to Korean',
  'translate Korean to English',
  'past',
  'negate',
  'question',
  'polite',
  'casual',
] as const;

export type TaskName = (typeof taskNames)[number];

export interface TaskPair extends Pair {
  readonly task: TaskName;
}

/** Draws until a meaning has a property. */
function drawWhere(meanings: Meanings, side: Side, isFit: (meaning: Meaning) => boolean): Meaning {
  for (;;) {
    const meaning = meanings.draw(side);
    if (isFit(meaning)) return meaning;
  }
}

const isStatement = ({ question, clauses }: Meaning) => question === undefined && !clauses[0]!.negative;

function drawTask(
  task: TaskName,
  meanings: Meanings,
  choices: Choices,
  side: Side,
): readonly [string, string] {
  const style = choices.of(styles);
  const say = choices.chance(0.5) ? english : (meaning: Meaning) => korean(meaning, { style });
  const change = (isFit: (meaning: Meaning) => boolean, changed: (meaning: Meaning) => Meaning) => {
    const meaning = drawWhere(meanings, side, isFit);
    return [say(meaning), say(changed(meaning))] as const;
  };
  const meaning = meanings.draw(side);
  switch (task) {
    case 'translate English to Korean':
      return [english(meaning), korean(meaning)];
    case 'translate Korean to English':
      return [korean(meaning, anyKorean(choices)), english(meaning)];
    case 'past':
      return change(
        ({ tense, time }) => tense === 'present' && (time?.tenses.includes('past') ?? true),
        (present) => ({ ...present, tense: 'past' }),
      );
    case 'negate':
      return change(isStatement, (positive) => ({
        ...positive,
        clauses: positive.clauses.map((clause) => ({ ...clause, negative: true })),
      }));
    case 'question':
      return change(
        (statement) => isStatement(statement) && !statement.timeFirst,
        (statement) => ({ ...statement, question: 'yes-no' }),
      );
    case 'polite':
      return [
        korean(meaning, { style: choices.of(['plain', 'casual']) }),
        korean(meaning, { style: 'polite' }),
      ];
    case 'casual':
      return [korean(meaning, { style: choices.of(['polite', 'formal']) }), korean(meaning)];
  }
}

/** Seven tasks told apart by a prefix, as often as each other: `past: 나는 사과를 먹는다` → `나는 사과를 먹었다`. */
export function tasks({ seed = 0, sizes = defaultSizes }: GrammarOptions = {}): DataSet<TaskPair> {
  const meanings = new Meanings(seed, 2);
  const choices = new Choices(seed, 3);
  return fill(
    sizes,
    (side): TaskPair => {
      const task = choices.of(taskNames);
      const [source, target] = drawTask(task, meanings, choices, side);
      return { task, source: `${task}: ${source}`, target };
    },
    sourceOf,
  );
}

/** A sentence with a word that has several meanings, and which of them it is. */
export interface AmbiguousSentence {
  readonly text: string;
  readonly word: string;
  /** The meaning, by the word of the other language: `bank` is 은행 or 강둑, 배 is `pear`, `ship` or `stomach`. */
  readonly meaning: string;
  readonly translation: string;
}

const shared = (words: readonly string[]) => new Set(words.filter((word, i) => words.indexOf(word) !== i));
const koreanWords = shared(nouns.map(({ ko }) => ko));
const englishPlaces = shared(places.map(({ en }) => en));

/** The ambiguous words of a sentence: 배, 눈 and 말 in Korean, bank in English. */
function ambiguitiesOf(meaning: Meaning): AmbiguousSentence[] {
  const [text, translation] = [korean(meaning), english(meaning)];
  const { question } = meaning;
  return meaning.clauses.flatMap(({ subject, predicate }): AmbiguousSentence[] => {
    const object = predicate.kind === 'verb' && question !== 'what' ? predicate.object : undefined;
    const place = predicate.kind === 'verb' && question !== 'where' ? predicate.place : undefined;
    const things = [subject, ...(object ? [object] : [])].flatMap((thing) =>
      'noun' in thing ? [thing.noun] : [],
    );
    if (predicate.kind === 'hurt') things.push(predicate.body);
    return [
      ...things
        .filter(({ ko }) => koreanWords.has(ko))
        .map(({ ko, en }) => ({ text, word: ko, meaning: en.replace(/^the /, ''), translation })),
      ...(place && englishPlaces.has(place.en)
        ? [{ text: translation, word: 'bank', meaning: place.ko, translation: text }]
        : []),
    ];
  });
}

/**
 * Sentences in which only the context tells what a word means: bank, 배, 눈, 말. The sides are divided like those of `grammar`, but by the
 * sentence: a word's contexts are too few to divide.
 */
export function ambiguous({
  seed = 0,
  sizes = { train: 2000, validation: 200, test: 200 },
}: GrammarOptions = {}): DataSet<AmbiguousSentence> {
  const meanings = new Meanings(seed, 4);
  return fill(
    sizes,
    (side) => {
      for (;;) {
        const [found] = ambiguitiesOf(meanings.draw());
        if (found && sideOf(found.text) === side) return found;
      }
    },
    ({ text }) => text,
  );
}
