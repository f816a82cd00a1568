import { createBackend } from '@headwise/core';
import { describe, expect, it } from 'vitest';
import { operationWork } from '../src/cases/work.ts';
import type { Prepared } from '../src/engines/engine.ts';
import { jsEngine } from '../src/engines/js.ts';
import { prepareOperation } from '../src/engines/operations.ts';
import { works } from './lib/works.ts';

async function outputOf(prepared: Prepared): Promise<number[]> {
  const output = await prepared.run();
  const arranged = [...(prepared.arrange?.(output) ?? output)];
  await prepared.dispose();
  return arranged;
}

describe('prepareOperation', () => {
  it.each(works.map((work) => [work.kind, work] as const))(
    '%s: reference, wasm-simd and js agree',
    async (_, work) => {
      const expected = await outputOf(prepareOperation(await createBackend('reference'), work));
      const plain = await jsEngine.prepare(work);
      // JavaScript has no error function.
      expect(plain === undefined).toBe(work.kind === 'activate');
      const outputs = [
        ...(plain ? [await outputOf(plain)] : []),
        await outputOf(prepareOperation(await createBackend('wasm-simd'), work)),
      ];
      for (const output of outputs) {
        expect(output).toHaveLength(expected.length);
        for (const [i, value] of output.entries()) expect(value).toBeCloseTo(expected[i]!, 5);
      }
    },
  );

  it('concatenates the outputs of a decoding step', async () => {
    const layers = [7, 2].map((outFeatures, seed) =>
      operationWork('linear', { rows: 1, inFeatures: 5, outFeatures, dtype: 'f32' }, seed),
    );
    const backend = await createBackend('wasm-simd');
    const single = await Promise.all(layers.map((layer) => outputOf(prepareOperation(backend, layer))));
    const work = { kind: 'decode', dtype: 'f32', layers } as const;
    expect(await outputOf(prepareOperation(backend, work))).toEqual(single.flat());
    expect(backend.weightBytes).toBe(0);
  });
});
