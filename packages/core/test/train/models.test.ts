import { describe, expect, it } from 'vitest';
import type { Tensor } from '../../src/backend/backend.ts';
import { createBackend } from '../../src/index.ts';
import {
  ALL_WEIGHTS,
  decoderFromCheckpoint,
  encoderFromCheckpoint,
  parseDecoderConfig,
  parseEncoderConfig,
  parseSeq2SeqConfig,
  seq2SeqFromCheckpoint,
} from '../../src/internal.ts';
import { countingRows, runForward } from '../../src/nn/run/forward.ts';
import {
  AdamW,
  clipGradNorm,
  crossEntropy,
  loadTrainable,
  type RecordingBackend,
  type Trainable,
} from '../../src/train/index.ts';
import { backendNames, fixtureCases } from '../helpers/fixture.ts';
import { tinyDecoderCheckpoint, tinyDecoderConfig } from '../helpers/tiny-decoders.ts';
import { tinyCheckpoint, tinyConfig } from '../helpers/tiny-encoders.ts';
import { type TinySeq2Seq, tinySeq2SeqCheckpoint, tinySeq2SeqConfig } from '../helpers/tiny-seq2seq.ts';

interface ModelCase {
  readonly name: 'bert' | 'gpt2' | 'llama';
  readonly learningRate: number;
  readonly maxNorm: number;
  readonly losses: readonly number[];
  readonly norms: readonly number[];
  readonly sequences: readonly { readonly ids: readonly number[]; readonly labels: readonly number[] }[];
}

/** Computes the logits `[tokens, vocabulary]` of a batch. */
type Forward = (backend: RecordingBackend, ids: Int32Array, offsets: Int32Array) => Tensor;

async function load(name: ModelCase['name'], backendName: 'reference' | 'wasm-simd' | 'wasm-relaxed-simd') {
  const backend = await createBackend(backendName);
  if (name === 'bert') {
    const config = parseEncoderConfig(tinyConfig('bert'), ['maskedLM']);
    return loadTrainable(
      backend,
      await tinyCheckpoint('bert'),
      async (checkpoint, recording): Promise<Forward> => {
        const encoder = await encoderFromCheckpoint(config, checkpoint, recording, ALL_WEIGHTS);
        return (own, ids, offsets) =>
          runForward(own, offsets, undefined, function* (ctx) {
            const hidden = yield* encoder.forward(ctx, { ids, offsets, typeIds: new Int32Array(ids.length) });
            return yield* encoder.taskHead(ctx, 'maskedLM', hidden);
          });
      },
    );
  }
  const config = parseDecoderConfig(tinyDecoderConfig(name));
  const weights = await tinyDecoderCheckpoint(name);
  return loadTrainable(backend, weights, async (checkpoint, recording): Promise<Forward> => {
    const decoder = await decoderFromCheckpoint(config, checkpoint, recording, ALL_WEIGHTS);
    const cache = decoder.openCache(recording, 8, 16);
    return (own, ids, offsets) => {
      const count = offsets.length - 1;
      const batch = { ids, offsets, slots: countingRows(count), starts: new Int32Array(count) };
      return runForward(own, offsets, undefined, (ctx) =>
        decoder.forward(ctx, batch, cache, countingRows(ids.length)),
      );
    };
  });
}

function batchOf({ sequences }: ModelCase) {
  const offsets = [0];
  for (const { ids } of sequences) offsets.push(offsets.at(-1)! + ids.length);
  return {
    ids: Int32Array.from(sequences.flatMap(({ ids }) => ids)),
    labels: Int32Array.from(sequences.flatMap(({ labels }) => labels)),
    offsets: Int32Array.from(offsets),
  };
}

/** Loads an encoder–decoder that reads each sequence as its source, and predicts it. */
async function loadSeq2Seq(name: TinySeq2Seq) {
  const config = parseSeq2SeqConfig(tinySeq2SeqConfig(name));
  const weights = await tinySeq2SeqCheckpoint(name);
  return loadTrainable(
    await createBackend('wasm-simd'),
    weights,
    async (checkpoint, recording): Promise<Forward> => {
      const decoder = await seq2SeqFromCheckpoint(config, checkpoint, recording, ALL_WEIGHTS);
      const cache = decoder.openCache(recording, 8, 16);
      return (own, ids, offsets) => {
        const count = offsets.length - 1;
        const slots = countingRows(count);
        const sources = { ids, offsets, typeIds: new Int32Array(ids.length) };
        runForward(own, offsets, undefined, (ctx) => decoder.encodeSource!(ctx, sources, cache, slots));
        const batch = { ids, offsets, slots, starts: new Int32Array(count) };
        return runForward(own, offsets, undefined, (ctx) =>
          decoder.forward(ctx, batch, cache, countingRows(ids.length)),
        );
      };
    },
  );
}

/** The loss of a batch, and its gradients in the parameters. */
function lossOf({ model, parameters, backend }: Trainable<Forward>, test: ModelCase): number {
  const { ids, labels, offsets } = batchOf(test);
  parameters.zeroGradients();
  return backend.record((tape) => {
    const loss = crossEntropy(backend, model(backend, ids, offsets), labels);
    tape.backward(loss);
    return backend.read(loss)[0]!;
  });
}

const cases = fixtureCases<ModelCase>('training-models');

for (const backendName of backendNames) {
  describe(`training over ${backendName}`, () => {
    for (const test of cases) {
      it(`${test.name} has PyTorch's losses and gradient norms in ten steps of AdamW`, async () => {
        const trainable = await load(test.name, backendName);
        expect(trainable.constants).toEqual([]);
        const optimizer = new AdamW(trainable.parameters, { learningRate: test.learningRate });
        for (const [step, expected] of test.losses.entries()) {
          expect(Math.abs(lossOf(trainable, test) - expected), `loss ${step}`).toBeLessThan(1e-4);
          const norm = clipGradNorm(trainable.parameters, test.maxNorm);
          expect(Math.abs(norm - test.norms[step]!) / norm, `norm ${step}`).toBeLessThan(1e-3);
          optimizer.step();
        }
      });
    }
  });
}

/** The loss after at most 300 steps of AdamW. */
function overfit(trainable: Trainable<Forward>, test: ModelCase): number {
  const optimizer = new AdamW(trainable.parameters, { learningRate: 0.01, weightDecay: 0 });
  let loss = Infinity;
  for (let step = 0; step < 300 && loss >= 0.05; step++) {
    loss = lossOf(trainable, test);
    optimizer.step();
  }
  return loss;
}

describe('training', () => {
  for (const test of cases) {
    it(`${test.name} overfits a batch of ${test.sequences.length} sequences`, async () => {
      expect(overfit(await load(test.name, 'wasm-simd'), test)).toBeLessThan(0.05);
    });
  }
  for (const name of ['t5', 'bart', 'marian'] as const) {
    it(`${name} overfits a batch, with gradients through the encoder and the cached cross-attention`, async () => {
      const trainable = await loadSeq2Seq(name);
      const test = cases.find((one) => one.name === 'gpt2')!;
      lossOf(trainable, test);
      const unused = trainable.parameters.trainable.filter(({ gradient }) =>
        gradient.every((value) => value === 0),
      );
      expect(unused.map((parameter) => parameter.name)).toEqual([]);
      expect(overfit(trainable, test)).toBeLessThan(0.05);
    });
  }
});
