import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Backend, createBackend } from '../../src/index.ts';
import { G2pModel } from '../../src/models/recurrent/g2p.ts';
import { backendNames, difference, fixtureCases } from '../helpers/fixture.ts';

interface Case {
  readonly word: string;
  readonly phonemes: string[];
  readonly context_first8: number[];
  readonly first_logits_first8: number[];
}

const cases = fixtureCases<Case>('g2p');
const require = createRequire(import.meta.url);
const file = JSON.parse(readFileSync(require.resolve('tiny-tts/g2p_model.json'), 'utf8'));

describe.each(backendNames)('g2p_en on %s', (name) => {
  let backend: Backend;
  let g2p: G2pModel;
  beforeAll(async () => {
    backend = await createBackend(name);
    g2p = await G2pModel.load(file, backend);
  });
  afterAll(() => {
    g2p.dispose();
    expect(backend.weightBytes).toBe(0);
  });

  it.each(cases.map((one) => [one.word, one] as const))('agrees with NumPy on %s', (word, one) => {
    const [result] = g2p.run([word]);
    expect(result!.phonemes).toEqual(one.phonemes);
    expect(result!.complete).toBe(true);
    expect(difference(result!.context.subarray(0, 8), one.context_first8)).toBeLessThanOrEqual(1e-4);
    const logits = result!.logits.data.subarray(0, 8);
    expect(difference(logits, one.first_logits_first8)).toBeLessThanOrEqual(1e-4);
  });

  it('gives equal phonemes alone and in a batch, in any case', () => {
    const results = g2p.run(cases.map(({ word }) => word.toUpperCase()));
    expect(results.map(({ phonemes }) => phonemes)).toEqual(cases.map(({ phonemes }) => phonemes));
  });
});

describe('g2p_en', () => {
  it('loses the ending of a long word', async () => {
    const g2p = await G2pModel.load(file, await createBackend());
    const short = g2p.phonemes('establishment');
    expect(short.join(' ')).toBe('IH0 S T AE1 B L IH0 SH M AH0 N T');
    expect(g2p.phonemes('antidisestablishmentarianism').join(' ')).not.toContain('IH2 Z AH0 M');
    g2p.dispose();
  });

  it('accepts any text, and no words', async () => {
    const g2p = await G2pModel.load(file, await createBackend());
    expect(g2p.run([])).toEqual([]);
    for (const word of ['', '커피', 'x'.repeat(100)]) {
      const [result] = g2p.run([word]);
      expect(result!.phonemes.length).toBeLessThanOrEqual(20);
      expect(result!.logits.data.every((value) => Number.isFinite(value))).toBe(true);
    }
    g2p.dispose();
  });

  it('gives the phonemes of another word when its context is patched in', async () => {
    const g2p = await G2pModel.load(file, await createBackend());
    const [coffee] = g2p.run(['coffee']);
    const hooks = { 'context.0': { edit: 'replace', data: coffee!.context } } as const;
    expect(g2p.run(['tea'], { hooks })[0]!.phonemes).toEqual(coffee!.phonemes);
    g2p.dispose();
  });

  it('throws for invalid files', async () => {
    const backend = await createBackend('wasm-simd');
    const load = (changes: object) => G2pModel.load({ ...file, ...changes }, backend);
    await expect(G2pModel.load(null, backend)).rejects.toThrow('the file must hold an object');
    await expect(load({ graphemes: 3 })).rejects.toMatchObject({ rule: 'values' });
    await expect(load({ phonemes: ['AA0', '<s>'] })).rejects.toMatchObject({ rule: 'symbols' });
    await expect(load({ fc_b: { shape: [74], data: '*' } })).rejects.toThrow('fc_b must be float32 values');
    await expect(load({ fc_b: { shape: [73], data: file.fc_b.data } })).rejects.toThrow(
      'fc_b must be float32 values',
    );
    await expect(load({ fc_w: file.fc_b })).rejects.toThrow('decoder.out.weight must be [74, 256]');
    expect(backend.weightBytes).toBe(0);
  });
});
