import type { WeightType } from '../../backend/backend.ts';
import type { EmbedderConfig } from '../../engine/embedder-config.ts';
import type { EncodeOutput, Engine, OutputRequest } from '../../engine/encoder-engine.ts';
import { ConfigError } from '../../errors.ts';
import type { SentenceSettings } from '../../models/encoders/pooling.ts';
import { DEFAULT_POOLING } from '../../models/encoders/pooling.ts';
import type { TaskHeadKind } from '../../models/encoders/task-heads.ts';
import { checkOptions } from '../../options.ts';
import { TOKENIZE_OPTIONS } from '../../text/base-tokenizer.ts';
import type { Encoding, EncodingWithOffsets, TokenizeOptions, Tokenizer } from '../../text/tokenizer.ts';
import { requireCount } from '../inputs.ts';
import { cosineSimilarity } from '../similarity.ts';
import type { Recording } from '../trace.ts';
import { RUN_OPTIONS, type RunOptions, type RunSequence, runSequences } from './batching.ts';
import { EMBED_OPTIONS, type EmbedOptions } from './embed-options.ts';
import type { EmbedPlan } from './embed-plan.ts';
import type { Trace, TraceOptions } from './inspect-encoder.ts';

/** An encoder with its tokenizer and task heads. Created by `loadEncoder`; passed to the tasks, such as `classify` or `fillMask`. */
export class EncoderModel {
  readonly kind = 'encoder';
  readonly config: EmbedderConfig;
  readonly tokenizer: Tokenizer;
  /** Maximum tokens of a text: the minimum of the limits of the position embeddings, tokenizer and sentence-transformers files. */
  readonly maxLength: number;
  readonly #engine: Engine;
  readonly #settings: SentenceSettings;

  constructor(
    config: EmbedderConfig,
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
    this.#settings = settings;
  }

  /** The type that the weights are kept in: the option `dtype` of the loader, or what its `auto` chose. */
  get dtype(): WeightType {
    return this.#engine.dtype ?? 'f32';
  }

  /** Name of the backend, for example `wasm-relaxed-simd`. */
  get backend(): string {
    return this.#engine.name;
  }

  /** The output that `embed` requests from the engine by default. */
  get embeddingRequest(): OutputRequest {
    return { kind: 'embedding', ...this.#settings.pooling };
  }

  /** Loaded task heads, which decide which tasks the model supports. */
  get taskHeads(): readonly TaskHeadKind[] {
    return this.config.taskHeads;
  }

  /**
   * Embeds a text as the repository's sentence-transformers files say; without modules.json as the mean of its tokens' last hidden states.
   * `[hiddenSize]`. With `normalize: true` it is divided by its Euclidean norm, so that a dot product is a cosine similarity.
   *
   * Texts longer than `maxLength` are cut at their end. Several texts of any lengths are computed in batches, longest first, without
   * padding; an empty list gives an empty list. Rejects with the signal's reason if aborted,
   * between two halves of a block.
   */
  embed(text: string, options?: EmbedOptions): Promise<Float32Array>;
  embed(texts: readonly string[], options?: EmbedOptions): Promise<Float32Array[]>;
  async embed(
    input: string | readonly string[],
    options: EmbedOptions = {},
  ): Promise<Float32Array | Float32Array[]> {
    checkOptions('embed', options, EMBED_OPTIONS);
    const texts = typeof input === 'string' ? [input] : input;
    checkTexts(texts);
    const { truncation = 'longestFirst', signal } = options;
    signal?.throwIfAborted();
    const plan = await this.#plan('embed', options);
    const sequences = texts.map((text) => this.tokenize(`${plan.prompt}${text}`, { truncation }));
    const outputs = await runSequences(this.#engine, sequences, plan.request, options);
    const vectors = outputs.map(({ data }) => plan.finish(data));
    return typeof input === 'string' ? vectors[0]! : vectors;
  }

  /**
   * As {@link embed}, for search queries: with the prompt named `query` of the model's files, if they have one, unless the options name another.
   */
  encodeQuery(text: string, options?: EmbedOptions): Promise<Float32Array>;
  encodeQuery(texts: readonly string[], options?: EmbedOptions): Promise<Float32Array[]>;
  encodeQuery(input: string | readonly string[], options?: EmbedOptions) {
    return this.#encodeAs(['query'], input, options);
  }

  /** As {@link encodeQuery}, for texts to be found: with the prompt named `document`, `passage` or `corpus`. */
  encodeDocument(text: string, options?: EmbedOptions): Promise<Float32Array>;
  encodeDocument(texts: readonly string[], options?: EmbedOptions): Promise<Float32Array[]>;
  encodeDocument(input: string | readonly string[], options?: EmbedOptions) {
    return this.#encodeAs(['document', 'passage', 'corpus'], input, options);
  }

  async #encodeAs(
    names: readonly string[],
    input: string | readonly string[],
    options: EmbedOptions = {},
  ): Promise<Float32Array | Float32Array[]> {
    checkOptions('embed', options, EMBED_OPTIONS);
    const { prompts = {} } = this;
    const promptName = names.find((name) => Object.hasOwn(prompts, name));
    const isChosen = options.prompt !== undefined || options.promptName !== undefined;
    const chosen = isChosen || promptName === undefined ? options : { ...options, promptName };
    return this.embed(input as readonly string[], chosen);
  }

  /** The prompts of the model's files, by name. */
  get prompts(): Readonly<Record<string, string>> {
    return this.#settings.prompts ?? {};
  }

  /** Number of features of an embedding, without options. */
  get embeddingSize(): number {
    const { truncateDim = Infinity, steps = [], pooling } = this.#settings;
    const pooled = (typeof pooling.mode === 'string' ? 1 : pooling.mode.length) * this.config.hiddenSize;
    const size = steps.reduce(
      (features, step) => (step.kind === 'dense' ? step.outFeatures : features),
      pooled,
    );
    return Math.min(size, truncateDim);
  }

  /** How a call embeds texts. What most calls do not need is imported on demand. */
  async #plan(task: string, options: EmbedOptions): Promise<EmbedPlan> {
    const { pooling, steps, includePrompt, defaultPromptName } = this.#settings;
    const { normalize = pooling.normalize } = options;
    const special = [options.pooling, options.prompt, options.promptName, options.truncateDim, steps];
    const isPlain = [...special, includePrompt, defaultPromptName, this.#settings.truncateDim].every(
      (value) => value === undefined,
    );
    if (isPlain) {
      const request = { kind: 'embedding', mode: pooling.mode, normalize } as const;
      return { prompt: '', request, finish: (vector) => vector };
    }
    if (options.truncateDim !== undefined) requireCount(task, 'truncateDim', options.truncateDim);
    const { planEmbedding } = await import('./embed-plan.ts');
    return planEmbedding(
      task,
      this.#settings,
      options,
      (prompt) => this.tokenize(prompt).ids,
      this.tokenizer,
    );
  }

  /**
   * Similarity of two texts' embeddings by the function of the model's files: by default the cosine, −1 … 1; else the dot product, or the negative
   * Euclidean or Manhattan distance.
   */
  async similarity(a: string, b: string, options: EmbedOptions = {}): Promise<number> {
    const [x, y] = await this.embed([a, b], options);
    const { similarity: name = 'cosine' } = this.#settings;
    if (name === 'cosine') return cosineSimilarity(x!, y!);
    return (await import('./embed-plan.ts')).compareVectors(name, x!, y!);
  }

  /** Tokenizes a text, truncated to `maxLength` unless the options say otherwise. */
  tokenize(text: string, options: TokenizeOptions & { offsets: true }): EncodingWithOffsets;
  tokenize(text: string, options?: TokenizeOptions): Encoding;
  tokenize(text: string, options: TokenizeOptions = {}): Encoding {
    checkOptions('tokenize', options, TOKENIZE_OPTIONS);
    const { addSpecialTokens } = this.#settings;
    const more = addSpecialTokens === undefined ? {} : { addSpecialTokens };
    const maxLength = Number.isFinite(this.maxLength) ? { maxLength: this.maxLength } : {};
    return this.tokenizer.encode(text, { ...maxLength, ...more, ...options });
  }

  /**
   * Runs tokenized texts and returns an output for each: `[features]`, or `[tokens, features]` for `hidden` and heads over tokens.
   * For implementing tasks. Throws `ConfigError` for a task head that was not loaded.
   */
  async run(
    sequences: readonly RunSequence[],
    output: OutputRequest,
    options: RunOptions = {},
  ): Promise<EncodeOutput[]> {
    checkOptions('run', options, RUN_OPTIONS);
    (await import('./check-run.ts')).checkRun(sequences, output);
    if (output.kind !== 'embedding' && output.kind !== 'hidden') this.requireHead(output.kind);
    return runSequences(this.#engine, sequences, output, options);
  }

  /** Throws `ConfigError` if this task head was not loaded. */
  requireHead(kind: TaskHeadKind): void {
    if (this.taskHeads.includes(kind)) return;
    throw new ConfigError(
      `this ${this.config.modelType} model has no head ${typeof kind === 'string' ? kind : typeof kind}; it has ${this.taskHeads.join(', ') || 'none'}`,
    );
  }

  /** Runs one text and returns its tokens, all attention weights, its embedding, and the activations that match `record`. */
  async trace(text: string, options: TraceOptions = {}): Promise<Trace> {
    const { traceText } = await import('./inspect-encoder.ts');
    return traceText(this, this.#engine, () => this.#plan('trace', {}), text, options);
  }

  /**
   * Runs one text and records only the activations that match these names or patterns; recording one head's weights does not compute
   * those of others. Throws `ConfigError` for a name that matches no activation of the model.
   */
  async record(
    text: string,
    names: readonly string[],
    options: Omit<TraceOptions, 'record'> = {},
  ): Promise<Recording> {
    const { recordText } = await import('./inspect-encoder.ts');
    return recordText(this, this.#engine, text, names, options);
  }

  /** Frees the model's memory. Later calls reject; calling it again does nothing. */
  async dispose(): Promise<void> {
    await this.#engine.dispose();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }
}

function checkTexts(texts: unknown): asserts texts is readonly string[] {
  if (!Array.isArray(texts))
    throw new ConfigError(`embed: expected a string or an array of strings, got ${typeof texts}`);
  const wrong = texts.findIndex((text) => typeof text !== 'string');
  if (wrong >= 0)
    throw new ConfigError(`embed: expected strings, got ${typeof texts[wrong]} at index ${wrong}`);
}
