/**
 * How data sets are divided. An example's side is decided by a hash of its key, never by a random draw: it is the same for every seed, size and
 * order of the data, so a model is never tested on what another seed of it was trained on.
 */

/** A data set in three disjoint parts: 80 % to train on, 10 % to choose settings by, 10 % to report. */
export interface DataSet<Example> {
  readonly train: readonly Example[];
  readonly validation: readonly Example[];
  readonly test: readonly Example[];
}

export type Side = keyof DataSet<unknown>;

export const sides: readonly Side[] = ['train', 'validation', 'test'];

/** A text and what is to be made of it. */
export interface Pair {
  readonly source: string;
  readonly target: string;
}

/** Pairs, and pairs longer than all of them (of sources of the test side) to see whether a model extrapolates. */
export interface SequenceData extends DataSet<Pair> {
  readonly longer: readonly Pair[];
}

/** 32-bit hash of a text's UTF-16 code units: FNV-1a with the finaliser of MurmurHash3. */
export function hash(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** The side of a key: 80/10/10 by its hash. */
export function sideOf(key: string): Side {
  const tenth = Math.floor((hash(key) / 2 ** 32) * 10);
  return tenth < 8 ? 'train' : tenth === 8 ? 'validation' : 'test';
}

/** Divides examples by the hash of a key. Examples with the same key stay on one side; the order is kept. */
export function splitBy<Example>(
  examples: Iterable<Example>,
  keyOf: (example: Example) => string,
): DataSet<Example> {
  const parts: Record<Side, Example[]> = { train: [], validation: [], test: [] };
  for (const example of examples) parts[sideOf(keyOf(example))].push(example);
  return parts;
}

/** How many examples each part of a generated data set has. */
export type Sizes = Readonly<Record<Side, number>>;

/**
 * Draws until every part has its size, without repeating an example.
 *
 * @param draw makes an example of a side
 * @param keyOf what makes two examples the same
 * @throws Error when 1,000 draws in a row give nothing new: the sizes are larger than what there is to draw
 */
export function fill<Example>(
  sizes: Sizes,
  draw: (side: Side) => Example,
  keyOf: (example: Example) => string,
): DataSet<Example> {
  const part = (side: Side) => [...distinct(sizes[side], () => draw(side), keyOf)];
  return { train: part('train'), validation: part('validation'), test: part('test') };
}

/** Draws `count` examples of which no two have the same key. */
export function* distinct<Example>(
  count: number,
  draw: () => Example,
  keyOf: (example: Example) => string,
): Generator<Example> {
  const seen = new Set<string>();
  for (let misses = 0; seen.size < count; ) {
    const example = draw();
    const { size } = seen;
    if (seen.add(keyOf(example)).size > size) {
      misses = 0;
      yield example;
    } else if (++misses === 1000)
      throw new Error(`data: expected ${count} different examples, found ${seen.size}; ask for fewer`);
  }
}
