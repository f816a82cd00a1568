import type { Engine } from '../engine/engine.ts';
import { ConfigError } from '../errors.ts';
import { type Hooks, matchesAny } from '../inspect/hooks.ts';
import type { EncoderConfig } from '../models/registry.ts';
import type { Tokenizer } from '../text/index.ts';
import { joinSequences, planBatches } from './batches.ts';
import { pause } from './pause.ts';
import { cosineSimilarity } from './similarity.ts';
import { ATTENTION_WEIGHTS, collectMaps, type Trace } from './trace.ts';

export interface EmbedOptions {
  /** Hooks see the batches that texts are put together in: `[tokens of all texts, hiddenSize]`. */
  hooks?: Hooks;
  signal?: AbortSignal;
  /** Called with the number of texts done, of how many. */
  onProgress?: (done: number, total: number) => void;
}

export interface TraceOptions {
  hooks?: Hooks;
  /** Names or patterns of further activations to keep, for example `blocks.*.attention.heads.3.context`. */
  record?: readonly string[];
  signal?: AbortSignal;
}

/** A sentence encoder: texts in, vectors and every head's attention out. Made by `loadModel`. */
export class EncoderModel {
  readonly config: EncoderConfig;
  readonly tokenizer: Tokenizer;
  readonly #engine: Engine;

  constructor(config: EncoderConfig, tokenizer: Tokenizer, engine: Engine) {
    this.config = config;
    this.tokenizer = tokenizer;
    this.#engine = engine;
  }

  /** What computes the model, for example `wasm-relaxed-simd`. */
  get backend(): string {
    return this.#engine.name;
  }

  /**
   * The embedding of a text: the mean of its tokens' last hidden states, divided by its Euclidean length, so that the dot product of
   * two is their cosine similarity. `[hiddenSize]`
   *
   * Texts longer than the model's context are cut at its end. Several texts of any lengths are computed together, longest
   * first, without padding. Rejects with the signal's reason if aborted.
   */
  embed(text: string, options?: EmbedOptions): Promise<Float32Array>;
  embed(texts: readonly string[], options?: EmbedOptions): Promise<Float32Array[]>;
  async embed(
    input: string | readonly string[],
    options: EmbedOptions = {},
  ): Promise<Float32Array | Float32Array[]> {
    if (typeof input === 'string') return (await this.#embedAll([input], options))[0]!;
    const wrong = Array.isArray(input) ? input.findIndex((text) => typeof text !== 'string') : undefined;
    if (wrong === undefined)
      throw new ConfigError(`embed: expected a string or an array of strings, got ${typeof input}`);
    if (wrong >= 0)
      throw new ConfigError(`embed: expected strings, got ${typeof input[wrong]} at index ${wrong}`);
    return this.#embedAll(input, options);
  }

  /** The cosine similarity of two texts' embeddings, −1 … 1. */
  async similarity(a: string, b: string, options: EmbedOptions = {}): Promise<number> {
    const [x, y] = await this.embed([a, b], options);
    return cosineSimilarity(x!, y!);
  }

  /** Runs one text and keeps what happened inside: tokens, every head's attention, and whatever else is asked for. */
  async trace(text: string, options: TraceOptions = {}): Promise<Trace> {
    if (typeof text !== 'string') throw new ConfigError(`trace: expected a string, got ${typeof text}`);
    const { hooks, record = [], signal } = options;
    const { ids, typeIds, tokens } = this.tokenizer.encode(text, {
      maxLength: this.config.maxPositionEmbeddings,
    });
    const { embeddings, recorded } = await this.#engine.encode(joinSequences([{ ids, typeIds }]), {
      record: [ATTENTION_WEIGHTS, ...record],
      ...(hooks && { hooks }),
      ...(signal && { signal }),
    });
    const { numHiddenLayers, numAttentionHeads } = this.config;
    return {
      text,
      tokens,
      ids,
      attention: collectMaps(recorded, numHiddenLayers, numAttentionHeads, ids.length),
      embedding: embeddings,
      activations: new Map([...recorded].filter(([name]) => matchesAny(record, name))),
    };
  }

  /** Frees the model's memory. Later calls reject; disposing again does nothing. */
  async dispose(): Promise<void> {
    await this.#engine.dispose();
  }

  async #embedAll(texts: readonly string[], options: EmbedOptions): Promise<Float32Array[]> {
    const { hooks, signal, onProgress } = options;
    signal?.throwIfAborted();
    const maxLength = this.config.maxPositionEmbeddings;
    const sequences = texts.map((text) => this.tokenizer.encode(text, { maxLength }));
    const results = new Array<Float32Array>(texts.length);
    let done = 0;
    for (const indices of planBatches(sequences.map(({ ids }) => ids.length))) {
      // Between batches an abort can arrive and a page can draw.
      if (done > 0) await pause();
      signal?.throwIfAborted();
      const batch = joinSequences(indices.map((index) => sequences[index]!));
      const { embeddings } = await this.#engine.encode(batch, {
        ...(hooks && { hooks }),
        ...(signal && { signal }),
      });
      const width = embeddings.length / indices.length;
      for (const [row, index] of indices.entries()) {
        results[index] = embeddings.slice(row * width, (row + 1) * width);
      }
      done += indices.length;
      onProgress?.(done, texts.length);
    }
    return results;
  }
}
