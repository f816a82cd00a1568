import { describe, expect, it } from 'vitest';
import type { Backend, Tensor } from '../../src/backend/backend.ts';
import { createBackend } from '../../src/index.ts';
import {
  loadCrossAttention,
  loadSelfAttention,
  torchAttentionLayers,
} from '../../src/nn/attention/load-attention.ts';
import { WeightLoader } from '../../src/nn/load/weight-loader.ts';
import { FeedForward } from '../../src/nn/modules/feed-forward.ts';
import { RecurrentStack, type RecurrentStackOptions } from '../../src/nn/recurrent/recurrent-stack.ts';
import type { ForwardContext, Steps } from '../../src/nn/run/forward.ts';
import { runForward } from '../../src/nn/run/run-forward.ts';
import { loadTorchDecoderLayer, loadTorchEncoderLayer } from '../../src/nn/transformer/load-torch-layer.ts';
import { layerOptions } from '../../src/nn/transformer/options.ts';
import { loadTrainable } from '../../src/train/index.ts';
import { backendNames, difference, floats, type StoredArray, stateDict } from '../helpers/fixture.ts';
import { type LayerCase, layers } from '../helpers/layer-cases.ts';

/** Runs a layer on its inputs, `[rows, features]` each, and returns its outputs. */
type Run = (ctx: ForwardContext, inputs: readonly Tensor[]) => Steps<readonly Tensor[]>;

/** Loads the layer of a case. */
async function load({ kind, options }: LayerCase, loader: WeightLoader): Promise<Run> {
  switch (kind) {
    case 'feedForward': {
      const names = { up: 'up', down: 'down', ...(options.gated && { gate: 'gate' }) };
      const layer = await FeedForward.load(loader, 'feedForward', { ...options, names });
      return function* (ctx, [x]) {
        return [yield* layer.forward(ctx, x!, x!)];
      };
    }
    case 'selfAttention': {
      const sizes = { hiddenSize: options.embedDim as number, heads: options.numHeads as number };
      const layer = await loadSelfAttention(loader, 'attention', torchAttentionLayers('', sizes), sizes);
      return function* (ctx, [query]) {
        return [yield* layer.forward(ctx, { query: query!, causal: options.causal })];
      };
    }
    case 'crossAttention': {
      const sizes = { hiddenSize: options.embedDim as number, heads: options.numHeads as number };
      const layers = torchAttentionLayers('', { ...sizes, separate: true });
      const cross = { ...sizes, keySize: options.kdim, valueSize: options.vdim };
      const layer = await loadCrossAttention(loader, 'attention', layers, cross);
      return function* (ctx, [query, key, value]) {
        const keyOffsets = Int32Array.of(0, key!.shape[0]!);
        return [yield* layer.forward(ctx, { query: query!, key: key!, value: value!, keyOffsets })];
      };
    }
    case 'block': {
      const block = await loadTorchEncoderLayer(loader, '', 'block', layerOptions('block', options));
      return function* (ctx, rows) {
        return splitRows(ctx.backend, yield* block.forward(ctx, ctx.backend.concat(rows, 0)), rows);
      };
    }
    case 'decoderBlock': {
      const block = await loadTorchDecoderLayer(loader, '', 'block', layerOptions('block', options));
      return function* (ctx, [target, memory]) {
        const source = { states: memory!, offsets: Int32Array.of(0, memory!.shape[0]!) };
        return [yield* block.forward(ctx, target!, { causal: true }, source)];
      };
    }
    default: {
      const stack = await RecurrentStack.load(loader, '', '', options as RecurrentStackOptions);
      return function* (ctx, rows) {
        const { backend, offsets } = ctx;
        const initial = stack.zeroState(backend, rows.length);
        const { output, final } = yield* stack.forward(ctx, backend.concat(rows, 0), offsets, initial);
        // Final states of each sequence: of all layers and directions, first the hidden, then the cell states.
        const states = rows.flatMap((_, s) =>
          (final[0] ?? []).map((_, i) =>
            backend.concat(
              final.map((state) => backend.rows(state[i]!, s, s + 1)),
              0,
            ),
          ),
        );
        return [...splitRows(backend, output, rows), ...states];
      };
    }
  }
}

/** The rows of each sequence. */
function splitRows(backend: Backend, x: Tensor, like: readonly Tensor[]): Tensor[] {
  let from = 0;
  return like.map(({ shape: [rows = 0] }) => {
    from += rows;
    return backend.rows(x, from - rows, from);
  });
}

/** Offsets of the sequences of a case: its inputs, or for attention the query alone. */
function offsetsOf({ kind, inputs }: LayerCase): Int32Array {
  const rows = inputs.map(({ shape }) => shape.at(-2)!);
  const lengths = kind === 'block' || kind === 'recurrent' ? rows : rows.slice(0, 1);
  const offsets = [0];
  for (const length of lengths) offsets.push(offsets.at(-1)! + length);
  return Int32Array.from(offsets);
}

/** Error relative to the largest value. */
function relativeError(got: ArrayLike<number>, stored: StoredArray): number {
  const expected = floats(stored).data;
  const largest = expected.reduce((top, value) => Math.max(top, Math.abs(value)), 1e-3);
  return difference(got, expected) / largest;
}

for (const name of backendNames) {
  const tolerance = name === 'reference' ? 1e-5 : 1e-4;
  describe(`gradients of layers over ${name}`, () => {
    for (const test of layers) {
      it(`are those of PyTorch for ${test.name}`, async () => {
        const { model, parameters, backend } = await loadTrainable(
          await createBackend(name),
          stateDict(test.state),
          (checkpoint, recording) => load(test, new WeightLoader(checkpoint, recording)),
        );
        const checked = backend.record((tape) => {
          const inputs = test.inputs.map((stored) => {
            const x = backend.tensor(floats(stored).data, stored.shape.slice(-2));
            tape.watch(x);
            return x;
          });
          const outputs = runForward(backend, offsetsOf(test), undefined, (ctx) => model(ctx, inputs));
          for (const [i, output] of outputs.entries()) {
            expect(relativeError(backend.read(output), test.outputs[i]!)).toBeLessThanOrEqual(tolerance);
          }
          // Outputs as one row: Σ outputs · factors.
          const flat = outputs.map((x) => backend.reshape(x, [1, x.shape.reduce((a, b) => a * b, 1)]));
          tape.backwardFrom(
            backend.concat(flat, 1),
            test.factors.flatMap((stored) => [...floats(stored).data]),
          );
          for (const [i, x] of inputs.entries()) {
            const error = relativeError(tape.gradientOf(x), test.inputGradients[i]!);
            expect(error, `input ${i}`).toBeLessThanOrEqual(tolerance);
          }
          return outputs.length;
        });
        expect(checked).toBe(test.outputs.length);
        expect(parameters.all.map((parameter) => parameter.name).sort()).toEqual(
          Object.keys(test.gradients).sort(),
        );
        for (const [parameter, stored] of Object.entries(test.gradients)) {
          const error = relativeError(parameters.get(parameter).gradient, stored);
          expect(error, parameter).toBeLessThanOrEqual(tolerance);
        }
      });
    }
  });
}
