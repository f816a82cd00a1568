import type { Tensor } from '../../src/backend/backend.ts';
import type { Checkpoint, TaskHeadKind } from '../../src/index.ts';
import { countingRows, type ForwardContext, type Steps } from '../../src/nn/run/forward.ts';
import { runForward } from '../../src/nn/run/run-forward.ts';
import {
  binaryCrossEntropyWithLogits,
  crossEntropy,
  type TrainableCausalLM,
  type TrainableEncoder,
  type TrainableModel,
  type TrainableSeq2SeqLM,
} from '../../src/train/index.ts';
import { fixtureCases } from './fixture.ts';
import { type TinyDecoder, tinyDecoderCheckpoint, tinyDecoderConfig, tinyDecoders } from './tiny-decoders.ts';
import {
  type TinyArchitecture,
  tinyCheckpoint,
  tinyConfig,
  trainableArchitectures,
} from './tiny-encoders.ts';
import { type TinySeq2Seq, tinySeq2SeqCheckpoint, tinySeq2SeqConfig } from './tiny-seq2seq.ts';

/** A sequence of a batch; what the labels are depends on the head. */
export interface TrainingSequence {
  readonly ids: readonly number[];
  readonly typeIds?: readonly number[];
  /** The source of an encoder–decoder. */
  readonly source?: readonly number[];
  readonly labels: readonly number[];
}

/** Ten steps of AdamW by test/fixtures/make/training_models.py. */
export interface TrainingCase {
  readonly name: TinyArchitecture | TinyDecoder | TinySeq2Seq;
  readonly head?: TaskHeadKind;
  readonly learningRate: number;
  readonly maxNorm: number;
  readonly losses: readonly number[];
  readonly norms: readonly number[];
  readonly sequences: readonly TrainingSequence[];
}

export const trainingCases = fixtureCases<TrainingCase>('training-models');

/** The configuration and the checkpoint of a tiny model. */
export async function tinyModel(
  name: TrainingCase['name'],
): Promise<{ config: Record<string, unknown>; checkpoint: Checkpoint }> {
  const encoder = trainableArchitectures.find((one) => one === name);
  if (encoder) return { config: tinyConfig(encoder), checkpoint: await tinyCheckpoint(encoder) };
  const decoder = tinyDecoders.find((one) => one === name);
  if (decoder)
    return { config: tinyDecoderConfig(decoder), checkpoint: await tinyDecoderCheckpoint(decoder) };
  const seq2seq = name as TinySeq2Seq;
  return { config: tinySeq2SeqConfig(seq2seq), checkpoint: await tinySeq2SeqCheckpoint(seq2seq) };
}

/** The loss of a batch, and its gradients in the parameters. */
export function trainingLoss(trainable: TrainableModel, test: TrainingCase): number {
  trainable.parameters.zeroGradients();
  return trainable.backend.record((tape) => {
    const loss = lossTensor(trainable, test);
    tape.backward(loss);
    return trainable.backend.read(loss)[0]!;
  });
}

function lossTensor(trainable: TrainableModel, { head, sequences }: TrainingCase): Tensor {
  const labels = Int32Array.from(sequences.flatMap((one) => one.labels));
  if (trainable.kind === 'causalLM') {
    return crossEntropy(trainable.backend, decoderLogits(trainable, sequences), labels);
  }
  if (trainable.kind === 'seq2seqLM') {
    encodeSources(trainable, sequences);
    return crossEntropy(trainable.backend, decoderLogits(trainable, sequences), labels);
  }
  if (trainable.kind !== 'encoder') throw new Error(`no case has the kind ${trainable.kind}`);
  const logits = encoderLogits(trainable, sequences, head!);
  if (head === 'replacedToken') {
    return binaryCrossEntropyWithLogits(trainable.backend, logits, Float32Array.from(labels));
  }
  if (head === 'questionAnswering') return answerLoss(trainable, logits, sequences);
  return crossEntropy(trainable.backend, logits, labels);
}

function run(
  { backend }: TrainableModel,
  offsets: Int32Array,
  body: (ctx: ForwardContext) => Steps<Tensor>,
): Tensor {
  return runForward(backend, offsets, undefined, body);
}

function encoderLogits(
  trainable: TrainableEncoder,
  sequences: readonly TrainingSequence[],
  head: TaskHeadKind,
): Tensor {
  const offsets = offsetsOf(sequences.map(({ ids }) => ids));
  const ids = Int32Array.from(sequences.flatMap((one) => one.ids));
  const typeIds = Int32Array.from(sequences.flatMap((one) => one.typeIds!));
  const { model } = trainable;
  return run(trainable, offsets, function* (ctx) {
    const hidden = yield* model.forward(ctx, { ids, offsets, typeIds });
    return yield* model.taskHead(ctx, head, hidden);
  });
}

/** The mean of the cross-entropies of start and end over the tokens of each text, as in Hugging Face's classes. */
function answerLoss(
  { backend }: TrainableEncoder,
  logits: Tensor,
  sequences: readonly TrainingSequence[],
): Tensor {
  const offsets = offsetsOf(sequences.map(({ ids }) => ids));
  const losses = sequences.flatMap(({ labels }, s) =>
    labels.map((label, column) => {
      const [from, to] = [offsets[s]!, offsets[s + 1]!];
      const scores = backend.rows(backend.columns(logits, column, column + 1), from, to);
      const row = backend.reshape(scores, [1, to - from]);
      return crossEntropy(backend, row, Int32Array.of(label));
    }),
  );
  const sum = losses.reduce((a, b) => backend.add(a, b));
  return backend.scale(sum, 1 / losses.length);
}

const caches = new WeakMap<TrainableModel, ReturnType<TrainableCausalLM['model']['openCache']>>();

function cacheOf(trainable: TrainableCausalLM | TrainableSeq2SeqLM) {
  let cache = caches.get(trainable);
  if (!cache) {
    cache = trainable.model.openCache(trainable.backend, 8, 16);
    caches.set(trainable, cache);
  }
  return cache;
}

function encodeSources(trainable: TrainableSeq2SeqLM, sequences: readonly TrainingSequence[]): void {
  const offsets = offsetsOf(sequences.map(({ source }) => source!));
  const ids = Int32Array.from(sequences.flatMap((one) => one.source!));
  const batch = { ids, offsets, typeIds: new Int32Array(ids.length) };
  const slots = countingRows(sequences.length);
  runForward(trainable.backend, offsets, undefined, (ctx) =>
    trainable.model.encodeSource!(ctx, batch, cacheOf(trainable), slots),
  );
}

function decoderLogits(
  trainable: TrainableCausalLM | TrainableSeq2SeqLM,
  sequences: readonly TrainingSequence[],
): Tensor {
  const offsets = offsetsOf(sequences.map(({ ids }) => ids));
  const ids = Int32Array.from(sequences.flatMap((one) => one.ids));
  const count = sequences.length;
  const batch = { ids, offsets, slots: countingRows(count), starts: new Int32Array(count) };
  return run(trainable, offsets, (ctx) =>
    trainable.model.forward(ctx, batch, cacheOf(trainable), countingRows(ids.length)),
  );
}

function offsetsOf(sequences: readonly (readonly number[])[]): Int32Array {
  const offsets = new Int32Array(sequences.length + 1);
  for (const [s, { length }] of sequences.entries()) offsets[s + 1] = offsets[s]! + length;
  return offsets;
}
