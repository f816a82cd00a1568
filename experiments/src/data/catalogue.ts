import { characters } from './characters.ts';
import { dates } from './dates.ts';
import { type AmbiguousSentence, ambiguous, grammar, type TaskPair, tasks } from './grammar/index.ts';
import { type Labelled, mail, textDomains } from './labelled.ts';
import { type RealPair, realPairs } from './pairs/index.ts';
import { phonemes, type Word } from './phonemes.ts';
import type { DataSet, Pair } from './split.ts';
import { strings } from './strings.ts';

/** A data set as `npm run experiment -- data` shows and checks it. */
export interface Entry {
  readonly name: string;
  /** The licence of the texts, or that they are made here. */
  readonly licence: string;
  /** The least number of examples to train on. */
  readonly atLeast: number;
  readonly load: (seed: number) => Promise<DataSet<Shown>> | DataSet<Shown>;
}

/** An example as text: what must not occur on two sides, and what belongs to it. */
export interface Shown {
  readonly key: string;
  readonly rest: string;
}

/** Puts a data set's examples as text. */
function entry<Example>(
  name: string,
  licence: string,
  atLeast: number,
  load: (seed: number) => Promise<DataSet<Example>> | DataSet<Example>,
  show: (example: Example) => Shown,
): Entry {
  const shown = async (seed: number) => {
    const { train, validation, test } = await load(seed);
    return { train: train.map(show), validation: validation.map(show), test: test.map(show) };
  };
  return { name, licence, atLeast, load: shown };
}

const pair = ({ source, target }: Pair): Shown => ({ key: source, rest: target });
const labelled = ({ text, label }: Labelled): Shown => ({ key: text, rest: label });
const made = 'made here (MIT)';
const mixed = 'MIT, Apache-2.0, Unicode-3.0';

export const catalogue: readonly Entry[] = [
  entry(
    'real pairs',
    mixed,
    12_000,
    () => realPairs(),
    ({ source, target, domain }: RealPair) => ({
      key: source,
      rest: `${target} (${domain})`,
    }),
  ),
  entry('dates', 'made with Intl (Unicode-3.0)', 20_000, (seed) => dates({ seed }), pair),
  entry(
    'lists of dates',
    'made with Intl (Unicode-3.0)',
    20_000,
    (seed) => dates({ seed, maxDates: 3 }),
    pair,
  ),
  entry('grammar, English to Korean', made, 20_000, (seed) => grammar({ direction: 'en-ko', seed }), pair),
  entry('grammar, Korean to English', made, 20_000, (seed) => grammar({ direction: 'ko-en', seed }), pair),
  entry(
    'tasks by prefix',
    made,
    20_000,
    (seed) => tasks({ seed }),
    (task: TaskPair) => pair(task),
  ),
  entry(
    'ambiguous words',
    made,
    2000,
    (seed) => ambiguous({ seed }),
    (sentence: AmbiguousSentence) => ({
      key: sentence.text,
      rest: `${sentence.word} is ${sentence.meaning}`,
    }),
  ),
  entry(
    'phonemes',
    'ISC, data BSD-2-Clause',
    95_000,
    () => phonemes(),
    ({ spelling, pronunciations }: Word) => ({
      key: spelling,
      rest: pronunciations.map((phonemes) => phonemes.join(' ')).join(' | '),
    }),
  ),
  entry('copy', made, 20_000, (seed) => strings({ task: 'copy', seed }), pair),
  entry('reverse', made, 20_000, (seed) => strings({ task: 'reverse', seed }), pair),
  entry(
    'lines of English',
    mixed,
    10_000,
    () => characters('en'),
    (key) => ({ key, rest: '' }),
  ),
  entry(
    'lines of Korean',
    mixed,
    10_000,
    () => characters('ko'),
    (key) => ({ key, rest: '' }),
  ),
  entry('mail', 'PDDL-1.0, CC0-1.0', 4000, () => mail(), labelled),
  entry('domains of English texts', mixed, 12_000, () => textDomains('en'), labelled),
  entry('domains of Korean texts', mixed, 12_000, () => textDomains('ko'), labelled),
];
