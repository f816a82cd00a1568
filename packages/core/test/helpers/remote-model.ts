import { expect } from 'vitest';
import { resolveSource, type SourceOptions } from '../../src/weights/sources/resolve.ts';
import type { HubServer } from './hub-server.ts';

/** The hub id of the model that tests ask for. */
export const MODEL = 'org/model';
/** Where the test server has the model's weights. */
export const WEIGHTS = `${MODEL}/main/weights.bin`;

/** A few hundred kilobytes that repeat nowhere near the places where connections are cut. */
export const bytes = new Uint8Array(300_000).map((_, i) => (i * 31 + (i >> 8) * 7) & 255);

/** The model's files on a test server, without a cache and with short waits unless the options say otherwise. */
export function openModel(hub: HubServer, options: SourceOptions = {}) {
  return resolveSource(MODEL, { hubUrl: hub.url, cache: false, retryDelay: 1, ...options });
}

/** `toEqual` takes most of a second for files of this size. */
export function expectSame(actual: Uint8Array, expected: Uint8Array): void {
  expect(Buffer.compare(actual, expected)).toBe(0);
}
