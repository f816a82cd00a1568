import { expect, test } from 'vitest';
import { judge, type Sample } from '../../verify/lib/flatness.ts';

// The command `verify -- soak` works for an hour; this is what it makes of the memory that it saw.

/** An hour, a sample every 6 seconds: resident memory goes up and down below a limit, as V8's does. */
const hour = (change: (sample: Sample, part: number) => Partial<Sample> = () => ({})): Sample[] =>
  Array.from({ length: 600 }, (_, i) => {
    const sample = {
      minute: i / 10,
      process: 250 + ((i * 37) % 100),
      heap: 26 + (i % 3) / 10,
      wasm: 17,
      threads: 0,
    };
    return { ...sample, ...change(sample, i / 600) };
  });

test('memory that goes up and down below a limit is flat', () => {
  expect(judge(hour()).isFlat).toBe(true);
  expect(judge(hour((_, part) => (part < 0.05 ? { process: 150 } : {}))).isFlat).toBe(true);
});

test.each<[string, (sample: Sample, part: number) => Partial<Sample>]>([
  ['a process that grows by 60 MiB', ({ process }, part) => ({ process: process + 60 * part })],
  ['objects that grow by 4 MiB', ({ heap }, part) => ({ heap: heap + 4 * part })],
  ['WebAssembly memory that grows at the end', (_, part) => ({ wasm: part > 0.8 ? 20 : 17 })],
  ['a thread that stays', (_, part) => ({ threads: part > 0.99 ? 1 : 0 })],
])('%s is not', (_, change) => {
  expect(judge(hour(change)).isFlat).toBe(false);
});
