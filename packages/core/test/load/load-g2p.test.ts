import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createBackend, loadG2p } from '../../src/index.ts';
import { fixtureCases } from '../helpers/fixture.ts';

// Computed with NumPy.
const [reference] = fixtureCases<{ word: string; phonemes: string[] }>('g2p');
const file = createRequire(import.meta.url).resolve('tiny-tts/g2p_model.json');

describe('loadG2p', () => {
  it.each([
    ['a directory', () => dirname(file)],
    ['files in memory', () => ({ 'g2p_model.json': new Uint8Array(readFileSync(file)) })],
  ])('loads from %s', async (_, source) => {
    const events: boolean[] = [];
    const g2p = await loadG2p(source(), { onProgress: ({ done }) => events.push(done) });
    expect(g2p.phonemes(reference!.word)).toEqual(reference!.phonemes);
    expect(events.at(-1)).toBe(true);
    g2p.dispose();
  });

  it('loads weightsFile into the given backend', async () => {
    const backend = await createBackend('wasm-simd');
    const source = { 'weights.json': new Uint8Array(readFileSync(file)) };
    const g2p = await loadG2p(source, { backend, weightsFile: 'weights.json' });
    expect(backend.weightBytes).toBeGreaterThan(0);
    g2p.dispose();
    expect(backend.weightBytes).toBe(0);
  });

  it('throws LoadError for a missing file and FormatError for an invalid one', async () => {
    await expect(loadG2p({})).rejects.toMatchObject({ code: 'ERR_LOAD', reason: 'not-found' });
    await expect(loadG2p({ 'g2p_model.json': '[]' })).rejects.toMatchObject({ code: 'ERR_FORMAT' });
  });

  it('rejects with the reason of an aborted signal', async () => {
    const signal = AbortSignal.abort('stop');
    await expect(loadG2p(dirname(file), { signal })).rejects.toBe('stop');
  });
});
