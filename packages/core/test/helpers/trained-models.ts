import type { Backend, Tensor } from '../../src/backend/backend.ts';
import type { Checkpoint } from '../../src/index.ts';
import {
  ALL_WEIGHTS,
  decoderFromCheckpoint,
  encoderFromCheckpoint,
  parseDecoderConfig,
  parseEncoderConfig,
  parseSeq2SeqConfig,
  seq2SeqFromCheckpoint,
} from '../../src/internal.ts';
import { countingRows } from '../../src/nn/run/forward.ts';
import { runForward } from '../../src/nn/run/run-forward.ts';
import { tinyDecoderCheckpoint, tinyDecoderConfig } from './tiny-decoders.ts';
import { tinyCheckpoint, tinyConfig } from './tiny-encoders.ts';
import { tinySeq2SeqCheckpoint, tinySeq2SeqConfig } from './tiny-seq2seq.ts';

/** Sequences with the label of each token, −100 where none. */
export interface LabelledSequence {
  readonly ids: readonly number[];
  readonly labels: readonly number[];
}

/** Computes the logits `[tokens, vocabulary]` of packed sequences. */
export type Forward = (backend: Backend, ids: Int32Array, offsets: Int32Array) => Tensor;

/** A tiny model: its checkpoint, and how its forward pass is loaded from it. */
export interface TinyModel {
  readonly checkpoint: Promise<Checkpoint>;
  readonly load: (checkpoint: Checkpoint, backend: Backend) => Promise<Forward>;
}

/** A masked language model, two causal ones, and an encoder–decoder that reads each sequence as its source and predicts it. */
export const tinyModels = {
  bert: {
    checkpoint: tinyCheckpoint('bert'),
    load: async (checkpoint, backend) => {
      const config = parseEncoderConfig(tinyConfig('bert'), ['maskedLM']);
      const encoder = await encoderFromCheckpoint(config, checkpoint, backend, ALL_WEIGHTS);
      return (own, ids, offsets) =>
        runForward(own, offsets, undefined, function* (ctx) {
          const hidden = yield* encoder.forward(ctx, { ids, offsets, typeIds: new Int32Array(ids.length) });
          return yield* encoder.taskHead(ctx, 'maskedLM', hidden);
        });
    },
  },
  gpt2: decoder('gpt2'),
  llama: decoder('llama'),
  t5: {
    checkpoint: tinySeq2SeqCheckpoint('t5'),
    load: async (checkpoint, backend) => {
      const config = parseSeq2SeqConfig(tinySeq2SeqConfig('t5'));
      const model = await seq2SeqFromCheckpoint(config, checkpoint, backend, ALL_WEIGHTS);
      const cache = model.openCache(backend, 8, 16);
      return (own, ids, offsets) => {
        const slots = countingRows(offsets.length - 1);
        const sources = { ids, offsets, typeIds: new Int32Array(ids.length) };
        runForward(own, offsets, undefined, (ctx) => model.encodeSource!(ctx, sources, cache, slots));
        const batch = { ids, offsets, slots, starts: new Int32Array(slots.length) };
        return runForward(own, offsets, undefined, (ctx) =>
          model.forward(ctx, batch, cache, countingRows(ids.length)),
        );
      };
    },
  },
} as const satisfies Record<string, TinyModel>;

function decoder(name: 'gpt2' | 'llama'): TinyModel {
  return {
    checkpoint: tinyDecoderCheckpoint(name),
    load: async (checkpoint, backend) => {
      const config = parseDecoderConfig(tinyDecoderConfig(name));
      const model = await decoderFromCheckpoint(config, checkpoint, backend, ALL_WEIGHTS);
      const cache = model.openCache(backend, 8, 16);
      return (own, ids, offsets) => {
        const slots = countingRows(offsets.length - 1);
        const batch = { ids, offsets, slots, starts: new Int32Array(slots.length) };
        return runForward(own, offsets, undefined, (ctx) =>
          model.forward(ctx, batch, cache, countingRows(ids.length)),
        );
      };
    },
  };
}

/** The sequences packed one after another. */
export function packed(sequences: readonly LabelledSequence[]) {
  const offsets = [0];
  for (const { ids } of sequences) offsets.push(offsets.at(-1)! + ids.length);
  return {
    ids: Int32Array.from(sequences.flatMap(({ ids }) => ids)),
    labels: Int32Array.from(sequences.flatMap(({ labels }) => labels)),
    offsets: Int32Array.from(offsets),
  };
}
