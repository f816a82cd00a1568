import { describe, expect, it } from 'vitest';
import type { Backend } from '../../src/backend/backend.ts';
import { type Checkpoint, createBackend } from '../../src/index.ts';
import {
  ALL_WEIGHTS,
  type Decoder,
  decoderFromCheckpoint,
  type Encoder,
  encoderFromCheckpoint,
  parseDecoderConfig,
  parseEncoderConfig,
  parseSeq2SeqConfig,
  seq2SeqFromCheckpoint,
} from '../../src/internal.ts';
import { WeightLoader } from '../../src/nn/load/weight-loader.ts';
import { countingRows } from '../../src/nn/run/forward.ts';
import { runForward } from '../../src/nn/run/run-forward.ts';
import { checkpointOf } from '../../src/nn/torch/state-dict.ts';
import { GRU } from '../../src/nn.ts';
import { loadTrainable, meanSquaredError, SGD } from '../../src/train/index.ts';
import { runsOf } from '../../src/train/parameters/weight-source.ts';
import { difference } from '../helpers/fixture.ts';
import { randomValues } from '../helpers/gradients.ts';
import { someIds, tinyDecoderCheckpoint, tinyDecoderConfig, tinyDecoders } from '../helpers/tiny-decoders.ts';
import { tinyCheckpoint, tinyConfig, trainableArchitectures } from '../helpers/tiny-encoders.ts';
import {
  sourcesOf,
  tinySeq2SeqCheckpoint,
  tinySeq2SeqConfig,
  trainableSeq2Seqs,
} from '../helpers/tiny-seq2seq.ts';

/** Logits of a model for fixed inputs. */
type Logits = (model: Encoder | Decoder, backend: Backend) => Float32Array;

interface ModelCase {
  readonly name: string;
  readonly checkpoint: Promise<Checkpoint>;
  readonly load: (checkpoint: Checkpoint, backend: Backend) => Promise<Encoder | Decoder>;
  readonly logits: Logits;
}

const ids = Int32Array.from(someIds(9, 3, 50), (id) => id + 5);
const offsets = Int32Array.of(0, 4, 9);

const encoderLogits: Logits = (model, backend) =>
  runForward(backend, offsets, undefined, function* (ctx) {
    const encoder = model as Encoder;
    const hidden = yield* encoder.forward(ctx, { ids, offsets, typeIds: new Int32Array(9) });
    return backend.read(yield* encoder.taskHead(ctx, 'tokenClassification', hidden));
  });

const decoderLogits: Logits = (model, backend) => {
  const decoder = model as Decoder;
  const cache = decoder.openCache(backend, 2, 16);
  const batch = { ids, offsets, slots: Int32Array.of(0, 1), starts: new Int32Array(2) };
  if (decoder.encodeSource) {
    const sources = sourcesOf([5, 7, 6], [8, 9, 11, 5]);
    runForward(backend, sources.offsets, undefined, (ctx) =>
      decoder.encodeSource!(ctx, sources, cache, batch.slots),
    );
  }
  const logits = runForward(backend, offsets, undefined, function* (ctx) {
    return backend.read(yield* decoder.forward(ctx, batch, cache, countingRows(9)));
  });
  cache.release();
  return logits;
};

const cases: readonly ModelCase[] = [
  ...trainableArchitectures.map((name) => ({
    name,
    checkpoint: tinyCheckpoint(name),
    load: (checkpoint: Checkpoint, backend: Backend) =>
      encoderFromCheckpoint(
        parseEncoderConfig(tinyConfig(name), [
          ...(name === 'electra' ? [] : ['maskedLM' as const]),
          'tokenClassification',
        ]),
        checkpoint,
        backend,
        ALL_WEIGHTS,
      ),
    logits: encoderLogits,
  })),
  ...tinyDecoders.map((name) => ({
    name,
    checkpoint: tinyDecoderCheckpoint(name),
    load: (checkpoint: Checkpoint, backend: Backend) =>
      decoderFromCheckpoint(parseDecoderConfig(tinyDecoderConfig(name)), checkpoint, backend, ALL_WEIGHTS),
    logits: decoderLogits,
  })),
  ...trainableSeq2Seqs.map((name) => ({
    name,
    checkpoint: tinySeq2SeqCheckpoint(name),
    load: (checkpoint: Checkpoint, backend: Backend) =>
      seq2SeqFromCheckpoint(parseSeq2SeqConfig(tinySeq2SeqConfig(name)), checkpoint, backend, ALL_WEIGHTS),
    logits: decoderLogits,
  })),
];

describe('loadTrainable', () => {
  for (const { name, checkpoint, load, logits } of cases) {
    it(`changes the weights of ${name} as if its checkpoint had changed`, async () => {
      const trainable = await loadTrainable(await createBackend('wasm-simd'), await checkpoint, load);
      const { model, parameters, backend } = trainable;
      expect(trainable.constants).toEqual([]);
      const plain = await createBackend('wasm-simd');
      const untrained = logits(await load(await checkpoint, plain), plain);
      expect(difference(logits(model, backend), untrained)).toBe(0);

      parameters.gradients.set(randomValues(parameters.gradients.length, 7));
      new SGD(parameters, { learningRate: 0.05 }).step();
      const changed = logits(model, backend);
      expect(difference(changed, untrained)).toBeGreaterThan(0.01);
      // The same values, loaded for inference; tensors that the model does not use are those of the checkpoint.
      const stored = await checkpoint;
      const own = checkpointOf(parameters.stateDict());
      const updated: Checkpoint = {
        names: stored.names,
        info: (tensor) => (own.names.includes(tensor) ? own.info(tensor) : stored.info(tensor)),
        read: (tensor, slice) =>
          own.names.includes(tensor) ? own.read(tensor, slice) : stored.read(tensor, slice),
      };
      const fresh = await createBackend('wasm-simd');
      expect(difference(logits(await load(updated, fresh), fresh), changed)).toBe(0);
    });
  }

  it('gives frozen parameters no step and no gradient', async () => {
    const { model, parameters, backend } = await loadTrainable(
      await createBackend('reference'),
      {
        'a.weight': { shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) },
        'a.bias': { shape: [2], data: Float32Array.of(5, 6) },
      },
      (checkpoint, own) =>
        new WeightLoader(checkpoint, own).linear({ parts: [{ layer: 'a', outFeatures: 2 }], inFeatures: 2 }),
    );
    const run = () =>
      backend.record((tape) => {
        const y = backend.linear(backend.tensor(Float32Array.of(1, -1), [1, 2]), model);
        const { length } = tape;
        tape.backwardFrom(y, [1, 10]);
        return length;
      });
    parameters.setTrainable((name) => name === 'a.bias');
    expect(run()).toBe(1);
    expect([...parameters.get('a.weight').gradient]).toEqual([0, 0, 0, 0]);
    expect([...parameters.get('a.bias').gradient]).toEqual([1, 10]);
    // Gradients add up until they are set to zero.
    parameters.setTrainable(() => true);
    run();
    expect([...parameters.gradients]).toEqual([1, -1, 10, -10, 2, 20]);
    parameters.zeroGradients();
    parameters.setTrainable(() => false);
    expect(run()).toBe(0);
    expect([...parameters.gradients]).toEqual([0, 0, 0, 0, 0, 0]);
    expect(() => parameters.get('b')).toThrow('there is none named b');
  });

  it('throws ConfigError when the two calls of load create other weights', async () => {
    let size = 1;
    await expect(
      loadTrainable(
        await createBackend('reference'),
        { a: { shape: [2, 2], data: new Float32Array(4) } },
        async (checkpoint, own) =>
          new WeightLoader(checkpoint, own).constant('a', [2, 2], { from: 0, to: size++ }),
      ),
    ).rejects.toThrow('load must create the same weights in both calls, got 4 values instead of 2');
  });
});

describe('runsOf', () => {
  it('finds rows, transposed rows, gaps of zeros and reversed values', () => {
    expect(runsOf(Uint32Array.of(1, 2, 3, 7, 8), 9)).toEqual([
      { to: 0, from: 0, step: 1, length: 3 },
      { to: 3, from: 6, step: 1, length: 2 },
    ]);
    expect(runsOf(Uint32Array.of(1, 4, 2, 5, 3, 6), 6)).toEqual([
      { to: 0, from: 0, step: 3, length: 2 },
      { to: 2, from: 1, step: 3, length: 2 },
      { to: 4, from: 2, step: 3, length: 2 },
    ]);
    expect(runsOf(Uint32Array.of(0, 0, 5, 0), 6)).toEqual([{ to: 2, from: 4, step: 1, length: 1 }]);
    expect(runsOf(Uint32Array.of(3, 2, 1), 6)).toEqual([{ to: 0, from: 2, step: -1, length: 3 }]);
  });
  it('is undefined for constants', () => {
    expect(runsOf(new Uint32Array(new Float32Array([0.5, 1]).buffer), 6)).toBeUndefined();
    expect(runsOf(new Uint32Array(3), 6)).toBeUndefined();
  });
});

describe('loadTrainable with a layer', () => {
  it("trains the layer's own weights, as `to` on the recording backend does", async () => {
    const options = { inputSize: 3, hiddenSize: 2 };
    const initial = await new GRU(options).to(await createBackend('reference'), { seed: 1 });
    const { model, parameters, backend } = await loadTrainable(
      await createBackend('reference'),
      initial.stateDict(),
      (weights, recording) => GRU.load(recording, weights, options),
    );
    const input = { data: Float32Array.of(1, 2, 3), shape: [1, 1, 3] };
    const outputs = () => model.forward(input).output.data;
    const before = outputs().slice();
    backend.record((tape) => {
      const { output } = model.forward(backend.tensor(input.data, input.shape));
      tape.backward(meanSquaredError(backend, output, Float32Array.of(0, 0)));
    });
    new SGD(parameters, { learningRate: 0.01 }).step();
    const length = (values: Float32Array) => Math.hypot(...values);
    expect(length(outputs())).toBeLessThan(length(before));
  });
});
