import { expect, test } from 'vitest';
import { readInputs } from '../../core/test/fuzz/run-one.ts';
import { fleetReaders } from './fuzz-readers.ts';

// The long run is `npm run fuzz`.

test.each(fleetReaders.map((reader) => [reader.name, reader] as const))(
  'a mutated %s is read or refused in time',
  async (_, reader) => {
    const { values, refused } = await readInputs(reader, 100);
    expect(values + refused).toBe(100);
    expect(refused).toBeGreaterThan(10);
    expect({}).not.toHaveProperty('x');
  },
);
