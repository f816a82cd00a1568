import { expect } from 'vitest';
import { resolveSource, type SourceOptions } from '../../src/weights/sources/resolve.ts';
import type { HubServer } from './hub-server.ts';

/** Hub id of the test model. */
export const MODEL = 'org/model';
/** Path of the model's weights on the test server. */
export const WEIGHTS = `${MODEL}/main/weights.bin`;

/** 300 kB with no short period, so that wrongly joined parts are detected. */
export const bytes = new Uint8Array(300_000).map((_, i) => (i * 31 + (i >> 8) * 7) & 255);

/** The model's files on a test server; by default without a cache and with a retry delay of 1 ms. */
export function openModel(hub: HubServer, options: SourceOptions = {}) {
  return resolveSource(MODEL, { hubUrl: hub.url, cache: false, retryDelay: 1, ...options });
}

/** Compares bytes; `toEqual` takes most of a second for this size. */
export function expectSame(actual: Uint8Array, expected: Uint8Array): void {
  expect(Buffer.compare(actual, expected)).toBe(0);
}
