import { expect } from 'vitest';
import { resolveSource, type SourceOptions } from '../../src/weights/sources/resolve.ts';
import type { HubServer } from './hub-server.ts';

/** The hub id of the test model. */
export const MODEL = 'org/model';
/** The path of the model's weights on the test server. */
export const WEIGHTS = `${MODEL}/main/weights.bin`;

/** Contents of the weights, without repetition near the offsets at which connections are cut. */
export const bytes = new Uint8Array(300_000).map((_, i) => (i * 31 + (i >> 8) * 7) & 255);

/** The model's files on a test server. Defaults: no cache, short retry delays. */
export function openModel(hub: HubServer, options: SourceOptions = {}) {
  return resolveSource(MODEL, { hubUrl: hub.url, cache: false, retryDelay: 1, ...options });
}

/** Faster than `toEqual`, which takes most of a second for files of this size. */
export function expectSame(actual: Uint8Array, expected: Uint8Array): void {
  expect(Buffer.compare(actual, expected)).toBe(0);
}
