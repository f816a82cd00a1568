import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { availableBackends } from '../../src/index.ts';
import type { Mask } from '../../src/nn/attention/mask.ts';
import type { FloatArray } from '../../src/nn/torch/float-array.ts';
import { floats, type StoredArray } from './stored-array.ts';

export { floats, type StoredArray };

/** The cases of a fixture made by a script in test/fixtures/make. */
export function fixtureCases<Case>(name: string): readonly Case[] {
  return JSON.parse(readFileSync(new URL(`../fixtures/${name}.json`, import.meta.url), 'utf8')).cases;
}

export function mask(stored: StoredArray): Mask {
  if (stored.f32 !== undefined) return floats(stored);
  return { shape: stored.shape, data: Uint8Array.from(Buffer.from(stored.u8!, 'base64')) };
}

export function stateDict(stored: Readonly<Record<string, StoredArray>>): Record<string, FloatArray> {
  return Object.fromEntries(Object.entries(stored).map(([name, array]) => [name, floats(array)]));
}

/** Shape and every value, within a tolerance that float32 can keep. */
export function expectClose(got: FloatArray | undefined, stored: StoredArray, tolerance = 1e-5): void {
  expect(got?.shape).toEqual(stored.shape);
  expect(difference(got!.data, floats(stored).data)).toBeLessThanOrEqual(tolerance);
}

/** The largest difference between two lists of numbers; NaN if any is NaN. */
export function difference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new Error(`${a.length} numbers against ${b.length}`);
  let worst = 0;
  for (let i = 0; i < a.length; i++) worst = Math.max(worst, Math.abs(a[i]! - b[i]!));
  return worst;
}

/** The three backends, all of which Node has. */
export const backendNames = availableBackends();
