import { datePair, styles as dateStyles } from '../../data/dates.ts';
import { Meanings } from '../../data/grammar/draw.ts';
import { english } from '../../data/grammar/english.ts';
import { grammar } from '../../data/grammar/index.ts';
import { korean } from '../../data/grammar/korean.ts';
import { allDomains, type Domain, nearDuplicates, realPairs } from '../../data/pairs/index.ts';
import { Choices } from '../../data/random.ts';
import { distinct, type Pair } from '../../data/split.ts';

/** Pairs have English as `source` and Korean as `target`. */
export const swapped = ({ source, target }: Pair): Pair => ({ source: target, target: source });

/** Never trained on: the Declaration of Human Rights is what the students have not seen anything like. */
const UNSEEN: Domain = 'rights';

/** Domains that one of the students is trained without. */
export const LEFT_OUT: readonly Domain[] = ['node-red', 'blockly', 'clerk', 'payload'];

export interface TrainingSet {
  /** Of real pairs, these domains are left out. */
  readonly leftOut: readonly Domain[];
  /** How many pairs of the grammar are added. */
  readonly grammar: number;
}

/** Pairs to train on. Those of the grammar have Korean of all styles. */
export async function trainingPairs({ leftOut, grammar: count }: TrainingSet, seed: number): Promise<Pair[]> {
  const domains = allDomains.filter((domain) => domain !== UNSEEN && !leftOut.includes(domain));
  const { train } = await realPairs(domains);
  const made = grammar({ direction: 'ko-en', seed, sizes: { train: count, validation: 0, test: 0 } });
  return [...train.map(({ source, target }) => ({ source, target })), ...made.train.map(swapped)];
}

/** A Korean sentence, and the same said differently. */
export interface Paraphrase {
  readonly english: string;
  readonly korean: string;
  readonly other: string;
}

/** A Korean sentence with its translation, and an English sentence that says something else. */
export interface Contrast {
  readonly korean: string;
  readonly right: string;
  readonly wrong: string;
}

/** Sentences of the grammar of words that do not meet in training: plain, and in a style of courtesy with the object in front. */
export function paraphrases(count: number, seed: number): Paraphrase[] {
  const meanings = new Meanings(seed, 20);
  const choices = new Choices(seed, 21);
  const draw = (): Paraphrase => {
    const meaning = meanings.draw('test', 1);
    const style = choices.of(['polite', 'formal'] as const);
    return {
      english: english(meaning),
      korean: korean(meaning, { style: 'plain' }),
      other: korean(meaning, { style, objectFirst: true, shortNegation: true }),
    };
  };
  return [...distinct(count, draw, (paraphrase) => paraphrase.english)];
}

/** Positive and negative statements of the grammar; the wrong one is the other. */
export function negations(count: number, seed: number): Contrast[] {
  const meanings = new Meanings(seed, 22);
  const choices = new Choices(seed, 23);
  const draw = (): Contrast => {
    for (;;) {
      const meaning = meanings.draw('test', 1);
      const { clauses, question } = meaning;
      if (question !== undefined || clauses[0]!.negative) continue;
      const negative = { ...meaning, clauses: clauses.map((clause) => ({ ...clause, negative: true })) };
      const [one, other] = choices.chance(0.5) ? [meaning, negative] : [negative, meaning];
      return { korean: korean(one, { style: 'plain' }), right: english(one), wrong: english(other) };
    }
  };
  return [...distinct(count, draw, ({ korean: text }) => text)];
}

/** Dates in words; the wrong one is another day of the same month. */
export function otherDays(count: number, seed: number): Contrast[] {
  const choices = new Choices(seed, 24);
  const style = dateStyles.findIndex(({ options }) => options.dateStyle === 'long' && !options.timeStyle);
  const draw = (): Contrast => {
    const [year, month] = [choices.integer(1900, 2099), choices.integer(0, 11)];
    const day = choices.integer(1, 28);
    const other = 1 + ((day - 1 + choices.integer(1, 27)) % 28);
    const [right, wrong] = [day, other].map((d) => datePair(new Date(Date.UTC(year, month, d)), style));
    return { korean: right!.target, right: right!.source, wrong: wrong!.source };
  };
  return [...distinct(count, draw, ({ korean: text }) => text)];
}

/** Two Korean translations of one English text, from real pairs that no student is trained on. */
export async function twoTranslations(): Promise<Paraphrase[]> {
  const pairs = [...(await nearDuplicates('validation')), ...(await nearDuplicates('test'))];
  const translations = new Map<string, string[]>();
  for (const { source, target } of pairs) {
    const key = source.toLowerCase();
    translations.set(key, [...(translations.get(key) ?? []), target]);
  }
  return [...translations].flatMap(([text, targets]) => {
    const [one, other] = new Set(targets);
    return one !== undefined && other !== undefined ? [{ english: text, korean: one, other }] : [];
  });
}

/** All that the students are tested with. */
export interface TestSets {
  readonly real: readonly (Pair & { readonly domain: Domain })[];
  readonly rights: readonly Pair[];
  readonly paraphrases: readonly Paraphrase[];
  readonly negations: readonly Contrast[];
  readonly days: readonly Contrast[];
  readonly translations: readonly Paraphrase[];
}

export async function testSets(
  size: (full: number, quick: number) => number,
  seed: number,
): Promise<TestSets> {
  const { test } = await realPairs(allDomains.filter((domain) => domain !== UNSEEN));
  const rights = await realPairs([UNSEEN]);
  const all = [...rights.train, ...rights.validation, ...rights.test];
  return {
    real: test.slice(0, size(test.length, 40)),
    rights: all.slice(0, size(all.length, 5)),
    paraphrases: paraphrases(size(500, 20), seed),
    negations: negations(size(300, 20), seed),
    days: otherDays(size(300, 20), seed),
    translations: (await twoTranslations()).slice(0, size(1000, 10)),
  };
}
