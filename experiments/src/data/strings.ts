import { Choices } from './random.ts';
import { distinct, fill, type Pair, type SequenceData, type Sizes, sideOf } from './split.ts';

export interface StringOptions {
  readonly task: 'copy' | 'reverse';
  readonly seed?: number;
  readonly sizes?: Sizes;
  /** Characters to draw from. Default: the 26 small letters. */
  readonly alphabet?: string;
  /** Least and greatest length. Default 3 to 20. */
  readonly lengths?: readonly [number, number];
  /** Greatest length of `longer`, which starts above `lengths`. Default: three times the greatest length. */
  readonly longest?: number;
  /** How many examples `longer` has. Default 0. */
  readonly longer?: number;
}

/**
 * Random strings to copy or to reverse, of lengths that are equally frequent: nothing but memory is needed, so it shows what a fixed-size
 * vector can hold. The sides are divided by the hash of the string.
 */
export function strings({
  task,
  seed = 0,
  sizes = { train: 20_000, validation: 1000, test: 1000 },
  alphabet = 'abcdefghijklmnopqrstuvwxyz',
  lengths: [shortest, greatest] = [3, 20],
  longest = 3 * greatest,
  longer = 0,
}: StringOptions): SequenceData {
  const choices = new Choices(seed);
  const characters = [...alphabet];
  const drawOf = (length: number): Pair => {
    const source = Array.from({ length }, () => choices.of(characters));
    const target = task === 'copy' ? source : source.toReversed();
    return { source: source.join(''), target: target.join('') };
  };
  const sourceOf = ({ source }: Pair) => source;
  const data = fill(
    sizes,
    (side) => {
      for (;;) {
        const pair = drawOf(choices.integer(shortest, greatest));
        if (sideOf(pair.source) === side) return pair;
      }
    },
    sourceOf,
  );
  const drawLonger = () => drawOf(choices.integer(greatest + 1, longest));
  return { ...data, longer: [...distinct(longer, drawLonger, sourceOf)] };
}
