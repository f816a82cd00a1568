import { expect, test } from 'vitest';
import { ReferenceBackend } from '../../backend/reference/reference.ts';
import type { WeightLoader } from '../load/weight-loader.ts';
import { runSteps } from '../run/run-forward.ts';
import { observeHeads } from './attend.ts';
import { DisentangledScores } from './disentangled.ts';

const backend = new ReferenceBackend();
const tensor = (values: number[], ...shape: number[]) => backend.tensor(Float32Array.from(values), shape);

test.each([1, 2])('observeHeads passes all columns of a head when there are %i', (count) => {
  const width = 4 / count;
  const seen: unknown[] = [];
  const ctx = {
    backend,
    shard: { index: 0, count: 1 },
    offsets: Int32Array.of(0, 2),
    watches: (name: string) => name.includes('.heads.'),
  };
  const x = tensor([1, 2, 3, 4, 5, 6, 7, 8], 2, 4);
  const heads = { from: 0, to: count, of: count };
  const after = runSteps(observeHeads(ctx, 'attention', 'context', x, heads), (request) => {
    if (request.kind !== 'activation') throw new Error('a sum of one shard');
    seen.push(request.name, request.value.shape);
    return backend.scale(request.value, 10);
  });
  expect(seen).toEqual(
    [0, 1].slice(0, count).flatMap((head) => [`attention.heads.${head}.context`, [2, width]]),
  );
  expect([...backend.read(after)]).toEqual([10, 20, 30, 40, 50, 60, 70, 80]);
});

test('DisentangledScores takes the first and last embedding for distances beyond them', () => {
  const loader = {
    linearFrom: (weight: Float32Array, bias: undefined, inFeatures: number) =>
      backend.linearWeights(weight, bias, inFeatures),
  } as unknown as WeightLoader;
  // Embeddings of the distances −1, 0 … of a span of 1: row 0 for −1 and below, row 1 for 0 and above.
  const options = { heads: 1, headDim: 1, span: 1, scale: 1, bucket: (distance: number) => distance };
  const scores = new DisentangledScores(loader, { keys: Float32Array.of(5, 7) }, options);
  const queries = tensor([1, 10, 100], 3, 1);
  const result = scores.forward(backend, queries, queries, Int32Array.of(0, 3));
  expect(result.shape).toEqual([1, 1, 3, 3]);
  expect([...backend.read(result)]).toEqual([7, 5, 5, 70, 70, 50, 700, 700, 700]);
});
