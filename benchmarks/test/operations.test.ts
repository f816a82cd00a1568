import { createBackend } from '@headwise/core';
import { describe, expect, it } from 'vitest';
import {
  attentionWork,
  embeddingWork,
  gateWork,
  gruWork,
  layerNormWork,
  lstmWork,
  matmulWork,
  pointwiseWork,
  poolWork,
  rmsNormWork,
  rotaryWork,
  softmaxWork,
} from '../src/cases/make.ts';
import type { OperationWork } from '../src/cases/work.ts';
import type { Prepared } from '../src/engines/engine.ts';
import { jsEngine } from '../src/engines/js.ts';
import { prepareOperation } from '../src/engines/operations.ts';

const works: readonly OperationWork[] = [
  matmulWork(3, 5, 7, 'f32'),
  softmaxWork(3, 5),
  layerNormWork(3, 8),
  rmsNormWork(3, 8),
  gateWork(3, 5),
  ...(['add', 'scale', 'gelu'] as const).map((operation) => pointwiseWork(operation, 3, 5)),
  embeddingWork(7, 5, 4),
  poolWork(2, 3, 5),
  rotaryWork(5, 2, 6),
  lstmWork(3, 5),
  gruWork(3, 5),
  attentionWork(2, 5, 4),
  attentionWork(2, 5, 4, 1),
];

async function outputOf(prepared: Prepared): Promise<number[]> {
  const output = await prepared.run();
  const arranged = [...(prepared.arrange?.(output) ?? output)];
  await prepared.dispose();
  return arranged;
}

describe('operations', () => {
  it.each(works.map((work) => [work.kind, work] as const))('%s: all of ours agree', async (_, work) => {
    const expected = await outputOf(prepareOperation(await createBackend('reference'), work));
    const plain = await jsEngine.prepare(work);
    // What JavaScript has no function for is left out there.
    expect(plain === undefined).toBe(work.kind === 'pointwise' && work.operation === 'gelu');
    const outputs = [
      ...(plain ? [await outputOf(plain)] : []),
      await outputOf(prepareOperation(await createBackend('wasm-simd'), work)),
    ];
    for (const output of outputs) {
      expect(output).toHaveLength(expected.length);
      for (const [i, value] of output.entries()) expect(value).toBeCloseTo(expected[i]!, 5);
    }
  });
});
