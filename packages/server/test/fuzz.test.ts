import { expect, test } from 'vitest';
import { readInputs } from '../../core/test/fuzz/run-one.ts';
import { serviceReaders } from './fuzz-readers.ts';

// The long run is `npm run fuzz`.

test.each(serviceReaders.map((reader) => [reader.name, reader] as const))(
  'mutated %s are answered or refused in time',
  async (_, reader) => {
    const { values, refused } = await readInputs(reader, 300);
    expect(values).toBeGreaterThan(10);
    expect(refused).toBeGreaterThan(100);
    expect({}).not.toHaveProperty('x');
  },
);
