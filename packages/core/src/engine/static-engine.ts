import { ConfigError, HeadwiseError } from '../errors.ts';
import type { TokenBatch } from '../models/token-batch.ts';
import type { EncodeOptions, EncodeOutput, EncodeResult, Engine } from './encoder-engine.ts';
import { checkFinite, modesOf, normalizeRows } from './pool.ts';
import { poolVectors } from './pool-vectors.ts';

/** A table of token vectors as an encoder: without layers, each token's last hidden state is its row. */
export class StaticEngine implements Engine {
  readonly name = 'static';
  #table: Float32Array | undefined;
  readonly #features: number;

  /** `table` is `[vocabSize, features]`. */
  constructor(table: Float32Array, features: number) {
    this.#table = table;
    this.#features = features;
  }

  async encode({ ids, offsets }: TokenBatch, options: EncodeOptions = {}): Promise<EncodeResult> {
    const {
      outputs = [{ kind: 'embedding', mode: 'mean', normalize: false }],
      hooks,
      record,
      signal,
    } = options;
    signal?.throwIfAborted();
    if (!this.#table) throw new HeadwiseError('ERR_DISPOSED', 'model: it was disposed of');
    if (hooks || record) {
      throw new ConfigError('encode: a model of static embeddings has no activations to hook or to record');
    }
    const features = this.#features;
    const values = new Float32Array(ids.length * features);
    for (const [row, id] of ids.entries()) {
      const vector = this.#table.subarray(id * features, (id + 1) * features);
      if (vector.length !== features) {
        throw new ConfigError(
          `encode: ids are 0 … ${this.#table.length / features - 1}, got ${id} at index ${row}`,
        );
      }
      values.set(vector, row * features);
    }
    return {
      recorded: new Map(),
      outputs: outputs.map((output): EncodeOutput => {
        checkFinite(output, { shape: [ids.length, features], data: values });
        if (output.kind === 'hidden') return { shape: [ids.length, features], data: values };
        if (output.kind !== 'embedding') {
          throw new ConfigError(`encode: a model of static embeddings has no output ${output.kind}`);
        }
        const modes = modesOf(output.mode);
        const pooled = poolVectors({ values, features, offsets, skip: output.skip ?? 0 }, modes);
        if (output.normalize) normalizeRows(pooled, modes.length * features);
        return { shape: [offsets.length - 1, modes.length * features], data: pooled };
      }),
    };
  }

  async dispose(): Promise<void> {
    this.#table = undefined;
  }
}
