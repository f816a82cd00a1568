import type { WeightType } from '../backend/backend.ts';
import { ConfigError } from '../errors.ts';
import { matchesAny } from '../hooks/hooks.ts';
import type { TokenBatch } from '../models/token-batch.ts';
import type { DecoderEngine } from './decoder-engine.ts';
import type { EncodeOptions, EncodeOutput, EncodeResult, Engine, OutputRequest } from './encoder-engine.ts';
import { checkFinite, modesOf, normalizeRows } from './pool.ts';
import { poolVectors } from './pool-vectors.ts';

/** The task head of a decoder: `labels` logits of the last token that is not padding, or of each token. */
export interface DecoderHead {
  readonly kind: 'sequenceClassification' | 'tokenClassification' | 'questionAnswering';
  /** `[labels, hiddenSize]`. */
  readonly weight: Float32Array;
  /** `[labels]`. */
  readonly bias?: Float32Array;
  readonly labels: number;
  /** Trailing tokens with this id are passed over, as in Hugging Face's `…ForSequenceClassification`. */
  readonly padTokenId?: number;
}

/** The activation that is the last hidden state after the final norm. */
const OUTPUT = 'output';

/** Runs a decoder as an encoder: its last hidden states are pooled, or read by a classifier. */
export class DecoderEmbeddingEngine implements Engine {
  readonly name: string;
  readonly dtype: WeightType;
  readonly #engine: DecoderEngine;
  readonly #head: DecoderHead | undefined;

  constructor(engine: DecoderEngine, head?: DecoderHead) {
    this.name = engine.name;
    this.dtype = engine.dtype ?? 'f32';
    this.#engine = engine;
    this.#head = head;
  }

  async encode(batch: TokenBatch, options: EncodeOptions = {}): Promise<EncodeResult> {
    const { outputs = [{ kind: 'embedding', mode: 'lasttoken', normalize: true }] } = options;
    const { hooks, record = [], signal } = options;
    const { ids, offsets } = batch;
    const sequences = offsets.length - 1;
    const lengths = Array.from({ length: sequences }, (_, s) => offsets[s + 1]! - offsets[s]!);
    const session = await this.#engine.openSession({
      slots: sequences,
      capacity: lengths.reduce((longest, length) => Math.max(longest, length), 0),
    });
    try {
      const { recorded } = await session.decode(
        { ids, offsets, slots: Int32Array.from(lengths.keys()), starts: new Int32Array(sequences) },
        {
          // Logits are not needed; a row is the least that can be asked for.
          rows: Int32Array.of(0),
          record: [OUTPUT, ...record],
          ...(hooks && { hooks }),
          ...(signal && { signal }),
        },
      );
      const hidden = recorded.get(OUTPUT)!;
      const [, features = 0] = hidden.shape;
      const values = hidden.data;
      return {
        outputs: outputs.map((output) => checkFinite(output, this.#output(batch, values, features, output))),
        recorded: new Map([...recorded].filter(([name]) => name !== OUTPUT || matchesAny(record, OUTPUT))),
      };
    } finally {
      await session.close();
    }
  }

  dispose(): Promise<void> {
    return this.#engine.dispose();
  }

  #output(
    { ids, offsets }: TokenBatch,
    values: Float32Array,
    features: number,
    output: OutputRequest,
  ): EncodeOutput {
    const sequences = offsets.length - 1;
    switch (output.kind) {
      case 'hidden':
        return { shape: [offsets.at(-1)!, features], data: values };
      case 'embedding': {
        const modes = modesOf(output.mode);
        const width = modes.length * features;
        const pooled = poolVectors({ values, features, offsets, skip: output.skip ?? 0 }, modes);
        if (output.normalize) normalizeRows(pooled, width);
        return { shape: [sequences, width], data: pooled };
      }
      case 'sequenceClassification':
      case 'tokenClassification':
      case 'questionAnswering': {
        if (this.#head?.kind !== output.kind) break;
        const { padTokenId } = this.#head;
        if (output.kind !== 'sequenceClassification') {
          return headLogits(this.#head, values, features, Array.from(ids.keys()));
        }
        const last = Array.from({ length: sequences }, (_, s) => {
          let row = offsets[s + 1]! - 1;
          while (row > offsets[s]! && ids[row] === padTokenId) row--;
          return row;
        });
        return headLogits(this.#head, values, features, last);
      }
    }
    throw new ConfigError(`encode: a decoder has no output ${output.kind}`);
  }
}

/** The logits of some rows of the hidden states: `[rows, labels]`. */
function headLogits(
  { weight, bias, labels }: DecoderHead,
  values: Float32Array,
  features: number,
  rows: readonly number[],
): EncodeOutput {
  const logits = new Float32Array(rows.length * labels);
  for (const [i, row] of rows.entries()) {
    for (let label = 0; label < labels; label++) {
      let sum = bias?.[label] ?? 0;
      for (let f = 0; f < features; f++) sum += weight[label * features + f]! * values[row * features + f]!;
      logits[i * labels + label] = sum;
    }
  }
  return { shape: [rows.length, labels], data: logits };
}
