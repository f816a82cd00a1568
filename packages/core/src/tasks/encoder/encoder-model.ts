import type { Engine } from '../../engine/encoder-engine.ts';
import type { EncodeOutput, OutputRequest } from '../../engine/output.ts';
import { ConfigError } from '../../errors.ts';
import { matchesAny } from '../../hooks/hooks.ts';
import type { SentenceSettings } from '../../models/encoders/pooling.ts';
import { DEFAULT_POOLING, type Pooling } from '../../models/encoders/pooling.ts';
import type { EncoderConfig } from '../../models/encoders/registry.ts';
import type { TaskHeadKind } from '../../models/encoders/task-heads.ts';
import type { Encoding, EncodingWithOffsets, TokenizeOptions, Tokenizer } from '../../text/index.ts';
import { joinSequences } from './batching.ts';
import { type RunOptions, type RunSequence, runSequences, type TextOptions } from './encoder-runs.ts';
import { cosineSimilarity } from '../similarity.ts';
import { ATTENTION_WEIGHTS, collectMaps, type Recording, type Trace, type TraceOptions } from '../trace.ts';

export interface EmbedOptions extends TextOptions {
  /** How tokens' vectors become one. Default: as the repository's sentence-transformers files say, else their mean. */
  pooling?: Pooling['mode'];
  /** Whether to divide by the Euclidean length. Default: as those files say, else true. */
  normalize?: boolean;
}

/** An encoder: texts in, vectors, logits and every head's attention out. Made by `loadModel`; the tasks are built on it. */
export class EncoderModel {
  readonly config: EncoderConfig;
  readonly tokenizer: Tokenizer;
  /** Most tokens of a text: what the model's positions, its tokeniser and its sentence-transformers files allow. */
  readonly maxLength: number;
  readonly #engine: Engine;
  readonly #pooling: Pooling;

  constructor(
    config: EncoderConfig,
    tokenizer: Tokenizer,
    engine: Engine,
    settings: SentenceSettings = { pooling: DEFAULT_POOLING },
  ) {
    this.config = config;
    this.tokenizer = tokenizer;
    this.maxLength = Math.min(
      config.contextLength,
      tokenizer.modelMaxLength,
      settings.maxSeqLength ?? Infinity,
    );
    this.#engine = engine;
    this.#pooling = settings.pooling;
  }

  /** What computes the model, for example `wasm-relaxed-simd`. */
  get backend(): string {
    return this.#engine.name;
  }

  /** What `embed` asks the engine for unless its options say otherwise. */
  get embeddingRequest(): OutputRequest {
    return { kind: 'embedding', ...this.#pooling };
  }

  /** The heads that were loaded with the model: they decide which tasks it can do. */
  get taskHeads(): readonly TaskHeadKind[] {
    return this.config.taskHeads;
  }

  /**
   * The embedding of a text: by default the mean of its tokens' last hidden states, divided by its Euclidean length, so that the dot
   * product of two is their cosine similarity. `[hiddenSize]`
   *
   * Texts longer than the model takes are cut at their end. Several texts of any lengths are computed together, longest
   * first, without padding; no texts give no embeddings. Rejects with the signal's reason if aborted.
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

  /** Tokenises a text as the model reads it: cut to `maxLength` unless the options say otherwise. */
  tokenize(text: string, options: TokenizeOptions & { offsets: true }): EncodingWithOffsets;
  tokenize(text: string, options?: TokenizeOptions): Encoding;
  tokenize(text: string, options: TokenizeOptions = {}): Encoding {
    return this.tokenizer.encode(text, { maxLength: this.maxLength, ...options });
  }

  /**
   * Runs tokenised texts and gives each its own output: of the shape `[features]`, or `[tokens, features]` for `hidden` and for heads
   * over tokens. This is what tasks are made of. Throws `ConfigError` for a head that the model was loaded without.
   */
  async run(
    sequences: readonly RunSequence[],
    output: OutputRequest,
    options: RunOptions = {},
  ): Promise<EncodeOutput[]> {
    if (output.kind !== 'embedding' && output.kind !== 'hidden') this.requireHead(output.kind);
    return runSequences(this.#engine, sequences, output, options);
  }

  /** Throws `ConfigError` if the model was loaded without this head. */
  requireHead(kind: TaskHeadKind): void {
    if (this.taskHeads.includes(kind)) return;
    throw new ConfigError(
      `this ${this.config.modelType} model has no head ${kind}; it has ${this.taskHeads.join(', ') || 'none'}`,
    );
  }

  /** Runs one text and keeps what happened inside: tokens, every head's attention, and whatever else is asked for. */
  async trace(text: string, options: TraceOptions = {}): Promise<Trace> {
    if (typeof text !== 'string') throw new ConfigError(`trace: expected a string, got ${typeof text}`);
    const { pair, head, hooks, record = [], signal } = options;
    if (head !== undefined) this.requireHead(head);
    const encoding = this.tokenize(text, pair === undefined ? {} : { pair });
    const { outputs, recorded } = await this.#engine.encode(joinSequences([encoding]), {
      outputs: [this.embeddingRequest, ...(head === undefined ? [] : [{ kind: head }])],
      record: [ATTENTION_WEIGHTS, ...record],
      ...(hooks && { hooks }),
      ...(signal && { signal }),
    });
    const { numHiddenLayers, numAttentionHeads } = this.config;
    const [embedding, logits] = outputs;
    return {
      text,
      tokens: encoding.tokens,
      ids: encoding.ids,
      attention: collectMaps(recorded, numHiddenLayers, numAttentionHeads, encoding.ids.length),
      embedding: embedding!.data,
      ...(logits && { logits }),
      activations: new Map([...recorded].filter(([name]) => matchesAny(record, name))),
    };
  }

  /**
   * Runs one text and keeps the activations of these names or patterns, and nothing else: asking for one head's weights does not
   * compute those of others. Throws `ConfigError` for a name that the model does not have.
   */
  async record(
    text: string,
    names: readonly string[],
    options: Omit<TraceOptions, 'record'> = {},
  ): Promise<Recording> {
    if (typeof text !== 'string') throw new ConfigError(`record: expected a string, got ${typeof text}`);
    const { pair, head, hooks, signal } = options;
    if (head !== undefined) this.requireHead(head);
    const encoding = this.tokenize(text, { offsets: true, ...(pair !== undefined && { pair }) });
    const { recorded } = await this.#engine.encode(joinSequences([encoding]), {
      outputs: [head === undefined ? this.embeddingRequest : { kind: head }],
      record: names,
      ...(hooks && { hooks }),
      ...(signal && { signal }),
    });
    return { ...encoding, activations: recorded };
  }

  /** Frees the model's memory. Later calls reject; disposing again does nothing. */
  async dispose(): Promise<void> {
    await this.#engine.dispose();
  }

  async #embedAll(texts: readonly string[], options: EmbedOptions): Promise<Float32Array[]> {
    const { pooling: mode = this.#pooling.mode, normalize = this.#pooling.normalize } = options;
    const { truncation = 'longestFirst' } = options;
    options.signal?.throwIfAborted();
    const sequences = texts.map((text) => this.tokenize(text, { truncation }));
    const outputs = await this.run(sequences, { kind: 'embedding', mode, normalize }, options);
    return outputs.map(({ data }) => data);
  }
}
