import { describe, expect, it } from 'vitest';
import { readers } from './readers.ts';
import { inputOf, MAX_SECONDS, readInput, readInputs } from './run-one.ts';

/** The long run is `npm run fuzz`; its results are in README.md next to this file. */
const INPUTS = 60;

describe('a mutated file', () => {
  const all = { values: 0, refused: 0 };
  it.each(readers.map((reader) => [reader.name, reader] as const))(
    'of %s gives a value or a HeadwiseError in time',
    async (_, reader) => {
      const { values, refused } = await readInputs(reader, INPUTS);
      all.values += values;
      all.refused += refused;
    },
  );

  it('is often read, and often refused', () => {
    // Inputs that all fail at the first byte would test little.
    expect(all.values).toBeGreaterThan(INPUTS);
    expect(all.refused).toBeGreaterThan(INPUTS);
  });

  // Inputs that failed once.
  it.each([
    ['vocabulary files', 100, 1018],
    ['tokenizer.json', 200, 10707],
    ['chat templates', 200, 49640],
  ])('of %s, seed %d, input %d, gives a value or a HeadwiseError in time', async (name, seed, index) => {
    const reader = readers.find((one) => one.name === name)!;
    const started = process.cpuUsage();
    expect(await readInput(reader, inputOf(reader, seed, index))).toBeTypeOf('string');
    expect(process.cpuUsage(started).user / 1e6).toBeLessThan(MAX_SECONDS);
  });

  it('is the same for the same seed', () => {
    for (const reader of readers) expect(inputOf(reader, 5, 3)).toEqual(inputOf(reader, 5, 3));
  });
});
