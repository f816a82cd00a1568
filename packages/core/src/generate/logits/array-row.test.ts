import { describe, expect, test } from 'vitest';
import type { BackendName } from '../../backend/backend.ts';
import { createBackend } from '../../backend/create.ts';
import { BackendRow } from '../../engine/logits-row.ts';
import { Random } from '../../platform/random.ts';
import { ArrayRow } from './array-row.ts';

/** Logits of many magnitudes, with ties and forbidden tokens. */
function logitsOf(size: number, seed: number): Float32Array {
  const random = new Random(seed);
  return Float32Array.from({ length: size }, () => {
    const value = Math.round(random.next() * 4000) / 64 - 40;
    return random.next() < 0.05 ? -Infinity : value * 2 ** Math.floor(random.next() * 3);
  });
}

describe.each<BackendName>(['wasm-simd', 'wasm-relaxed-simd'])('ArrayRow has the bits of %s', (name) => {
  test.each([1, 2, 3, 4, 5, 31, 64, 257, 5003])('for %i logits', async (size) => {
    const backend = await createBackend(name);
    for (let seed = 0; seed < 4; seed++) {
      const logits = logitsOf(size, seed);
      logits[seed % size] = 3;
      const constant = backend.constant(logits, [1, size]);
      const [kernel, array] = [new BackendRow(backend, constant), new ArrayRow(logits.slice())];
      const best = kernel.argmax();
      expect(array.argmax()).toBe(best);
      const largest = kernel.at(best);
      expect(array.at(best)).toBe(largest);
      for (const factor of [1, 1 / 0.7, 0.01, 1e-38, 1e38]) {
        const total = kernel.sumExp(largest, factor);
        expect(array.sumExp(largest, factor)).toBe(total);
        for (const u of [0, 0.1, 0.5, 0.999, 1]) {
          expect(array.searchExp(largest, factor, u * total)).toBe(
            kernel.searchExp(largest, factor, u * total),
          );
        }
      }
      for (const k of [0, 1, size >> 1, size]) expect(array.topK(k)).toEqual(kernel.topK(k));
      for (const threshold of [largest, 0, -Infinity]) {
        expect(array.valuesAtLeast(threshold)).toEqual(kernel.valuesAtLeast(threshold));
      }
      const scores = logits.map((value) => value / 2);
      for (const row of [kernel, array]) {
        row.write(scores);
        expect(row.read(new Float32Array(size))).toEqual(scores);
      }
      backend.release(constant);
    }
  });

  test('at every exponent from 0 to −90', async () => {
    const backend = await createBackend(name);
    for (let from = 0; from > -90; from -= 0.5) {
      // Sums of one exponential each and zeros.
      for (const x of [from, from - 0.123456, from - 0.3465736]) {
        const logits = Float32Array.of(x, -Infinity, -Infinity);
        const constant = backend.constant(logits, [3]);
        const got = backend.sumExp(constant, 0);
        expect(new ArrayRow(logits).sumExp(0)).toBe(got);
        const exact = Math.exp(logits[0]!);
        if (x > -87.3) expect(Math.abs(got / exact - 1)).toBeLessThan(1.3e-7);
        backend.release(constant);
      }
    }
  });
});
