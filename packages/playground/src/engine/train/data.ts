import { drawDates } from '../../lib/dates.ts';
import type { Experiment } from './experiments.ts';

/** A text to translate and its translation; of a text to continue, its beginning and nothing. */
export interface Pair {
  readonly source: string;
  readonly target: string;
}

/** What a run is trained on, and what is looked at meanwhile. */
export interface RunData {
  /** Of a decoder the texts are the targets. */
  readonly train: readonly Pair[];
  /** The same for all runs, and not in `train`. */
  readonly heldOut: readonly Pair[];
  /** Three texts whose translation or continuation is shown. Translations are not in `train`. */
  readonly samples: readonly Pair[];
  /** Whose alignment is shown: of a decoder the attention of a text to itself. */
  readonly aligned: Pair;
}

const TRAIN_DATES = 4000;
const HELD_OUT_SEED = 20_291_128;
const HELD_OUT_DATES = 64;
const HELD_OUT_TEXTS = 40;

const DATE_SAMPLES: readonly Pair[] = [
  { source: '11/28/2029', target: '2029. 11. 28.' },
  { source: 'Wednesday, November 28, 2029', target: '2029년 11월 28일 수요일' },
  { source: 'Saturday, July 4, 1987 at 6:41 AM', target: '1987년 7월 4일 토요일 오전 6:41' },
];

function dates(seed: number): RunData {
  const heldOut = drawDates(HELD_OUT_DATES, HELD_OUT_SEED);
  const kept = new Set([...heldOut, ...DATE_SAMPLES].map(({ source }) => source));
  const train = drawDates(TRAIN_DATES, seed).filter(({ source }) => !kept.has(source));
  return { train, heldOut, samples: DATE_SAMPLES, aligned: DATE_SAMPLES[1]! };
}

const SENTENCE_SAMPLES: readonly Pair[] = [
  { source: 'I love you', target: '나는 너를 사랑해' },
  { source: 'She eats an apple', target: '그녀는 사과를 먹어' },
  { source: 'Did you drink coffee yesterday?', target: '너는 어제 커피를 마셨어?' },
];

const pairsOf = (text: string): Pair[] =>
  text.split('|').map((pair) => {
    const [source = '', target = ''] = pair.split('=');
    return { source, target };
  });

async function sentences(): Promise<RunData> {
  const { TRAIN_PAIRS, TEST_PAIRS } = await import('./sentence-pairs.ts');
  const isSample = new Set(SENTENCE_SAMPLES.map(({ source }) => source));
  const others = ({ source }: Pair) => !isSample.has(source);
  return {
    train: pairsOf(TRAIN_PAIRS).filter(others),
    heldOut: pairsOf(TEST_PAIRS).filter(others),
    samples: SENTENCE_SAMPLES,
    aligned: SENTENCE_SAMPLES[0]!,
  };
}

/** Beginnings that are continued. */
const BEGINNINGS = ['The ', 'She ', '나는 '];

/** The sentences of both languages, each by itself. */
async function characters(): Promise<RunData> {
  const { train, heldOut } = await sentences();
  const textsOf = (pairs: readonly Pair[]) =>
    pairs.flatMap(({ source, target }) => [source, target]).map((target) => ({ source: '', target }));
  return {
    train: textsOf(train),
    heldOut: textsOf(heldOut).slice(0, HELD_OUT_TEXTS),
    samples: BEGINNINGS.map((source) => ({ source, target: '' })),
    aligned: { source: '', target: SENTENCE_SAMPLES[0]!.target },
  };
}

const DATA = { dates, sentences, characters };

/** The data of an experiment. The seed draws dates; sentences are always the same, and the seed orders them. */
export async function dataOf({ data }: Experiment, seed: number): Promise<RunData> {
  return DATA[data](seed);
}
