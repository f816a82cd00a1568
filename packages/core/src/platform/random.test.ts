import { describe, expect, test } from 'vitest';
import { Random } from './random.ts';

describe('Random', () => {
  test('returns the same numbers on every platform', () => {
    const random = new Random(42);
    expect(Array.from({ length: 4 }, () => random.uint32())).toMatchInlineSnapshot(`
      [
        1874330980,
        2143255774,
        4055375598,
        4093523872,
      ]
    `);
    expect(random.next()).toMatchInlineSnapshot(`0.821396730248269`);
  });

  test('depends only on seed and stream', () => {
    const first = (seed: number, stream?: number) => new Random(seed, stream).next();
    expect(first(7)).toBe(first(7));
    expect(first(7)).toBe(first(7, 0));
    const all = [first(0), first(7), first(8), first(7, 1), first(7, 2), first(2 ** 32 - 1)];
    expect(new Set(all).size).toBe(all.length);
  });

  test('is uniform', () => {
    const random = new Random(1);
    const counts = new Array<number>(10).fill(0);
    for (let i = 0; i < 100_000; i++) counts[Math.floor(random.next() * 10)]!++;
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(400);
  });

  test('matches a BigInt implementation of xoshiro128**', () => {
    // From the authors' C code.
    const mask = 0xffffffffn;
    const rotate = (x: bigint, k: bigint) => ((x << k) | (x >> (32n - k))) & mask;
    const random = new Random(123, 4);
    const state = randomState(123, 4);
    for (let i = 0; i < 100; i++) {
      const result = (rotate((state[1]! * 5n) & mask, 7n) * 9n) & mask;
      const t = (state[1]! << 9n) & mask;
      state[2]! ^= state[0]!;
      state[3]! ^= state[1]!;
      state[1]! ^= state[2]!;
      state[0]! ^= state[3]!;
      state[2]! ^= t;
      state[3] = rotate(state[3]!, 11n);
      expect(random.uint32()).toBe(Number(result));
    }
  });
});

/** Initial state for a seed and a stream: splitmix32. */
function randomState(seed: number, stream: number): bigint[] {
  const mask = 0xffffffffn;
  const mix = (counter: bigint) => {
    let z = counter;
    z = ((z ^ (z >> 16n)) * 0x85ebca6bn) & mask;
    z = ((z ^ (z >> 13n)) * 0xc2b2ae35n) & mask;
    return z ^ (z >> 16n);
  };
  const golden = 0x9e3779b9n;
  let counter = mix((BigInt(seed) + golden) & mask) ^ ((BigInt(stream) * 0x85157af5n) & mask);
  return Array.from({ length: 4 }, () => {
    counter = (counter + golden) & mask;
    return mix(counter);
  });
}
