import { expect, it } from 'vitest';
import { createBackend } from '../../src/index.ts';
import { withScope } from '../../src/internal.ts';
import {
  loadCrossAttention,
  loadSelfAttention,
  torchAttentionLayers,
} from '../../src/nn/attention/load-attention.ts';
import type { MultiHeadAttentionOptions } from '../../src/nn/attention/multi-head-attention.ts';
import { WeightLoader } from '../../src/nn/load/weight-loader.ts';
import { runSteps } from '../../src/nn/run/run-forward.ts';
import { evenOffsets, toRows } from '../../src/nn/torch/float-array.ts';
import { checkpointOf } from '../../src/nn/torch/state-dict.ts';
import {
  backendNames,
  difference,
  fixtureCases,
  floats,
  type StoredArray,
  stateDict,
} from '../helpers/fixture.ts';

interface Case {
  readonly name: string;
  readonly options: MultiHeadAttentionOptions;
  readonly state: Record<string, StoredArray>;
  readonly query: StoredArray;
  readonly key: StoredArray;
  readonly value: StoredArray;
  readonly output: StoredArray;
}

const cases = fixtureCases<Case>('multi-head-attention').filter(({ name }) =>
  /^self$|grouped-query|multi-query|other features|no biases/.test(name),
);

it.each(backendNames.flatMap((backend) => cases.map((one) => [backend, one.name, one] as const)))(
  '%s: partial outputs of shards sum to the unsharded output: %s',
  async (name, _, one) => {
    const backend = await createBackend(name);
    const { embedDim, numHeads, numKeyValueHeads = numHeads, kdim = embedDim, vdim = embedDim } = one.options;
    const self = one.name === 'self' || one.name === 'no biases';
    const bias = one.options.bias ?? true;
    const sizes = { hiddenSize: embedDim, heads: numHeads, keyValueHeads: numKeyValueHeads };
    const separate = kdim !== embedDim || vdim !== embedDim;
    const layers = torchAttentionLayers('', { ...sizes, bias, separate });
    const options = { ...sizes, keySize: kdim, valueSize: vdim };
    const expected = floats(one.output).data;
    const [batch = 0, queries = 0] = one.query.shape;
    // Three shards are more than there are key-value heads: at least one has no heads.
    for (const count of [1, 2, 3]) {
      const sum = new Float32Array(expected.length);
      for (let index = 0; index < count; index++) {
        const shard = { index, count };
        const loader = new WeightLoader(checkpointOf(stateDict(one.state)), backend, {
          shard,
          dtype: 'f32',
        });
        const load = self ? loadSelfAttention : loadCrossAttention;
        const attention = await load(loader, 'attention', layers, options);
        loader.assertAllConsumed('attention', []);
        const partial = withScope(backend, () => {
          const run = { backend, shard, offsets: evenOffsets(batch, queries) };
          const inputs = {
            query: toRows(backend, floats(one.query)),
            ...(!self && {
              key: toRows(backend, floats(one.key)),
              value: toRows(backend, floats(one.value)),
              keyOffsets: evenOffsets(batch, one.key.shape[1]!),
            }),
          };
          return backend.read(
            runSteps(attention.forward(run, inputs), (request) =>
              request.kind === 'sum' ? request.partial : request.value,
            ),
          );
        });
        for (const [i, value] of partial.entries()) sum[i]! += value;
        loader.release();
      }
      expect(difference(sum, expected), `${count} shards`).toBeLessThanOrEqual(1e-5);
    }
    expect(backend.weightBytes).toBe(0);
  },
);
