import { type Backend, type Tensor, withScope } from '@headwise/core';
import type { OperationWork } from '../cases/work.ts';
import type { Prepared } from './engine.ts';
import { sideBySide, swapOuterAxes, transpose } from './layout.ts';

/** Operands stay in the backend's memory, as they would between layers; a run computes, and reads the output out. */
export function prepareOperation(backend: Backend, work: OperationWork): Prepared {
  const held: Parameters<Backend['release']>[0][] = [];
  const constant = (data: Float32Array, ...shape: readonly number[]): Tensor => {
    const tensor = backend.constant(data, shape);
    held.push(tensor);
    return tensor;
  };
  const dtype = 'dtype' in work ? work.dtype : 'f32';
  const weights = (b: Float32Array, k: number, n: number) => {
    const linear = backend.linearWeights(transpose(b, k, n), undefined, k, dtype);
    held.push(linear);
    return linear;
  };
  const prepared = (compute: () => Tensor): Prepared => {
    // One array for the outputs of all runs, as whoever computes the same again and again would have it.
    let output: Float32Array | undefined;
    return {
      run() {
        output = withScope(backend, () => backend.read(compute(), output));
        return output;
      },
      dispose() {
        for (const item of held) backend.release(item);
      },
    };
  };

  switch (work.kind) {
    case 'matmul': {
      const [x, linear] = [constant(work.a, work.m, work.k), weights(work.b, work.k, work.n)];
      return prepared(() => backend.linear(x, linear));
    }
    case 'softmax': {
      const x = constant(work.x, work.rows, work.columns);
      return prepared(() => backend.softmax(x));
    }
    case 'layer-norm': {
      const x = constant(work.x, work.rows, work.columns);
      const [gain, bias] = [constant(work.gamma, work.columns), constant(work.beta, work.columns)];
      return prepared(() => backend.layerNorm(x, gain, bias, work.epsilon));
    }
    case 'rms-norm': {
      const x = constant(work.x, work.rows, work.columns);
      const gain = constant(work.gamma, work.columns);
      return prepared(() => backend.rmsNorm(x, gain, work.epsilon));
    }
    case 'gate': {
      const x = constant(work.x, work.rows, 2 * work.columns);
      return prepared(() => backend.gate(x, 'silu'));
    }
    case 'pointwise': {
      const x = constant(work.x, work.rows, work.columns);
      if (work.operation === 'gelu') return prepared(() => backend.activate(x, 'gelu'));
      if (work.operation === 'scale') return prepared(() => backend.scale(x, work.factor));
      const y = constant(work.y, work.rows, work.columns);
      return prepared(() => backend.add(x, y));
    }
    case 'embedding': {
      const table = backend.embeddingTable(work.table, work.columns);
      held.push(table);
      return prepared(() => backend.embedding(table, work.ids));
    }
    case 'pool': {
      const { texts, tokens, columns } = work;
      const x = constant(work.x, texts * tokens, columns);
      const offsets = Int32Array.from({ length: texts + 1 }, (_, i) => i * tokens);
      return prepared(() => backend.l2Normalize(backend.meanPool(x, offsets)));
    }
    case 'rotary': {
      const { tokens, heads, size } = work;
      const x = constant(work.x, tokens, heads * size);
      const table = constant(sideBySide(work.cosines, work.sines, size / 2), tokens, size);
      const positions = Int32Array.from({ length: tokens }, (_, i) => i);
      return prepared(() => backend.rotary(x, table, positions, { heads, layout: 'half' }));
    }
    case 'lstm': {
      const gates = constant(work.gates, work.rows, 4 * work.size);
      const cell = constant(work.cell, work.rows, work.size);
      return prepared(() => {
        const next = backend.lstmGates(gates, cell);
        return backend.concat([next.hidden, next.cell], 0);
      });
    }
    case 'gru': {
      const { rows, size } = work;
      const [input, hidden] = [work.input, work.hidden].map((gates) => constant(gates, rows, 3 * size));
      const state = constant(work.state, rows, size);
      return prepared(() => backend.gruGates(input!, hidden!, state));
    }
    case 'attention': {
      const { heads, tokens, queryTokens, size } = work;
      const rows = (x: Float32Array, count: number) =>
        constant(swapOuterAxes(x, heads, count), count, heads * size);
      const queries = rows(work.queries, queryTokens);
      const [keys, values] = [rows(work.keys, tokens), rows(work.values, tokens)];
      // As decoders name the part of a cache that is filled.
      const keyRanges = { starts: Int32Array.of(0), lengths: Int32Array.of(tokens) };
      const options = {
        heads,
        queryOffsets: Int32Array.of(0, queryTokens),
        ...(queryTokens < tokens && { keyRanges }),
      };
      return {
        ...prepared(() => backend.attention(queries, keys, values, options)),
        arrange: (output) => swapOuterAxes(output, queryTokens, heads),
      };
    }
    case 'decode': {
      const inputs = new Map([...work.inputs].map(([width, data]) => [width, constant(data, 1, width)]));
      const layers = work.layers.map(({ k, n, weights: data }) => ({
        x: inputs.get(k)!,
        linear: weights(data, k, n),
      }));
      const length = work.layers.reduce((sum, { n }) => sum + n, 0);
      const output = new Float32Array(length);
      const run = () => {
        let at = 0;
        for (const { x, linear } of layers) {
          output.set(
            withScope(backend, () => backend.read(backend.linear(x, linear))),
            at,
          );
          at += linear.outFeatures;
        }
        return output;
      };
      return { ...prepared(() => backend.zeros([0])), run };
    }
  }
}
