import type { DecoderEngine } from '../../engine/decoder-engine.ts';
import { ConfigError } from '../../errors.ts';
import type { GenerationDefaults } from '../../generate/defaults.ts';
import { fitSource } from '../../generate/fit.ts';
import { Generator, type ReadyPrompt } from '../../generate/generator.ts';
import type { GenerateOptions, Prompt } from '../../generate/options.ts';
import type { GeneratedPiece, Generation } from '../../generate/result.ts';
import { scoreText } from '../../generate/scheduler/prefill.ts';
import { checkStreamable, type GenerationSettings } from '../../generate/settings.ts';
import type { Seq2SeqConfig } from '../../models/index.ts';
import type { Tokenizer } from '../../text/index.ts';
import { requireRoom } from '../causal-lm/logit-lens.ts';
import {
  forcedToken,
  type Perplexity,
  type PerplexityOptions,
  perplexityOf,
  type ScoredToken,
} from '../perplexity.ts';
import type { Seq2SeqParts } from './seq2seq-parts.ts';
import {
  type Alignments,
  CROSS_ATTENTION,
  type ReadPair,
  type Seq2SeqTrace,
  type Seq2SeqTraceOptions,
  seq2seqAlignments,
  seq2seqTrace,
} from './seq2seq-trace.ts';
import {
  type Prepared,
  prepareSummary,
  prepareTranslation,
  type SummarizeOptions,
  type TranslateOptions,
} from './task-specific-params.ts';

/**
 * An encoder–decoder: a text in, another out, such as its translation or its summary. Made by `loadSeq2SeqLM`. Calls wait for each other.
 */
export class Seq2SeqLM {
  readonly config: Seq2SeqConfig;
  readonly tokenizer: Tokenizer;
  /** What generation does unless its options say otherwise. */
  readonly defaults: GenerationDefaults;
  readonly #engine: DecoderEngine;
  readonly #parts: Seq2SeqParts;

  constructor(
    config: Seq2SeqConfig,
    tokenizer: Tokenizer,
    engine: DecoderEngine,
    { defaults = {} }: { readonly defaults?: GenerationDefaults } = {},
  ) {
    this.config = config;
    this.tokenizer = tokenizer;
    const { vocabSize, contextLength, eosTokenIds, decoderStartTokenId } = config;
    this.defaults = { eosTokenIds, decoderStartTokenId, ...defaults };
    this.#engine = engine;
    const generator = new Generator({
      engine,
      tokenizer,
      defaults: this.defaults,
      vocabSize,
      contextLength,
      alignments: CROSS_ATTENTION,
    });
    this.#parts = { generator, tokenizer };
  }

  /** What computes the model, for example `wasm-relaxed-simd`. */
  get backend(): string {
    return this.#engine.name;
  }

  /** Most tokens that are generated, the one that the decoder starts with included; ∞ where nothing limits them. */
  get contextLength(): number {
    return this.config.contextLength;
  }

  /** Most tokens of a source; ∞ where nothing limits them. */
  get sourceLength(): number {
    return this.config.sourceLength;
  }

  /** Ids that end a text. */
  get eosTokenIds(): readonly number[] {
    return this.defaults.eosTokenIds ?? [];
  }

  /**
   * Generates a text from a source, or one from each of several. What the model's files say decides unless options do: often a beam
   * search. Nothing is put before the source; see {@link translate} and {@link summarize}.
   *
   * Rejects with `ConfigError` for an option that does not fit, `ContextLengthError` for a source that is too long, and, before another
   * token is computed, with the signal's reason when it is aborted.
   */
  generate(source: Prompt, options?: GenerateOptions): Promise<Generation>;
  generate(sources: readonly Prompt[], options?: GenerateOptions): Promise<Generation[]>;
  async generate(
    input: Prompt | readonly Prompt[],
    options: GenerateOptions = {},
  ): Promise<Generation | Generation[]> {
    return this.#generate('generate', input, options, { prefix: '', defaults: this.defaults });
  }

  /**
   * Generates a text from a source and gives it in pieces, as soon as they are certain: no character is split. Follows a single text unless
   * options say otherwise, whatever the model's files say. The generator's return value is the whole. Leaving the loop ends the generation.
   */
  async *stream(
    source: Prompt,
    options: GenerateOptions = {},
  ): AsyncGenerator<GeneratedPiece, Generation, void> {
    const { generator } = this.#parts;
    const single = { numBeams: 1, ...options };
    const settings = checkStreamable('stream', generator.settings('stream', single));
    return yield* generator.stream(this.#ready('stream', source, settings, ''), settings, single);
  }

  /**
   * Translates a text, or several at once. Models of one pair of languages need nothing else; T5 wants to know `sourceLanguage` and
   * `targetLanguage`, Marian's models of several languages the latter.
   *
   * ```ts
   * const { text } = await model.translate('How are you?', { sourceLanguage: 'en', targetLanguage: 'de' });
   * ```
   *
   * Rejects as `generate` does, and with `ConfigError` for languages that the model's files do not know.
   */
  translate(text: string, options?: TranslateOptions): Promise<Generation>;
  translate(texts: readonly string[], options?: TranslateOptions): Promise<Generation[]>;
  async translate(
    input: string | readonly string[],
    options: TranslateOptions = {},
  ): Promise<Generation | Generation[]> {
    const prepared = prepareTranslation(this.tokenizer, this.defaults, options);
    return this.#generate('translate', input, options, prepared);
  }

  /** Summarises a text, or several at once. Rejects as `generate` does. */
  summarize(text: string, options?: SummarizeOptions): Promise<Generation>;
  summarize(texts: readonly string[], options?: SummarizeOptions): Promise<Generation[]>;
  async summarize(
    input: string | readonly string[],
    options: SummarizeOptions = {},
  ): Promise<Generation | Generation[]> {
    return this.#generate('summarize', input, options, prepareSummary(this.defaults, options));
  }

  /**
   * How well the model foresees a target after a source: it is given to it token by token (teacher forcing). All tokens of the target count,
   * the one that ends it too.
   */
  async perplexity(source: Prompt, target: Prompt, options: PerplexityOptions = {}): Promise<Perplexity> {
    const { topLogProbs = 0, hooks, signal } = options;
    const { generator, tokenizer } = this.#parts;
    const { source: read, target: ids, inputs } = this.#pair('perplexity', source, target);
    const call = { ...(hooks && { hooks }), ...(signal && { signal }) };
    return generator.exclusive(signal, inputs.length, async (held) => {
      const tokens: ScoredToken[] = [];
      await scoreText(held, { ids: inputs, source: read }, call, (i, logits) => {
        tokens.push(forcedToken(tokenizer, ids.subarray(0, i), logits, ids[i]!, topLogProbs));
      });
      return perplexityOf(tokens);
    });
  }

  /**
   * How a source and a target hang together, by the cross-attention of every layer and head when the target is given to the model token by
   * token (Bahdanau et al. 2015, fig. 3). For a text that is being generated, see the option `alignments` of `generate`.
   */
  async alignments(
    source: Prompt,
    target: Prompt,
    options: Omit<Seq2SeqTraceOptions, 'record'> = {},
  ): Promise<Alignments> {
    const pair = this.#pair('alignments', source, target);
    return seq2seqAlignments(this.#parts, this.config, pair, options);
  }

  /** Reads a source and a target and keeps what happened inside: every head's attention, logits, and whatever else is asked for. */
  async trace(source: Prompt, target: Prompt, options: Seq2SeqTraceOptions = {}): Promise<Seq2SeqTrace> {
    return seq2seqTrace(this.#parts, this.config, this.#pair('trace', source, target), options);
  }

  /** Frees the model's memory. Later calls reject; disposing again does nothing. */
  async dispose(): Promise<void> {
    await this.#engine.dispose();
  }

  async #generate(
    task: string,
    input: Prompt | readonly Prompt[],
    options: GenerateOptions,
    { prefix, defaults }: Prepared,
  ): Promise<Generation | Generation[]> {
    const { generator } = this.#parts;
    const settings = generator.settings(task, options, defaults);
    const sources = Array.isArray(input) ? (input as readonly Prompt[]) : [input as Prompt];
    const ready = sources.map((source) => this.#ready(task, source, settings, prefix));
    const generations = await generator.generate(ready, settings, options);
    return Array.isArray(input) ? generations : generations[0]!;
  }

  #ready(task: string, source: Prompt, settings: GenerationSettings, prefix: string): ReadyPrompt {
    const text = typeof source === 'string' ? prefix + source : source;
    const encoded = this.#encode(task, text);
    const ids = fitSource(task, encoded, this.sourceLength, settings.truncatePrompt, this.tokenizer);
    return { ids: [this.#start], source: ids, promptIds: ids, prefix: [] };
  }

  /** Throws `ContextLengthError` for what the model cannot read whole. */
  #pair(task: string, source: Prompt, target: Prompt): ReadPair {
    const from = this.#encode(task, source);
    const to = this.#encode(task, target);
    requireRoom(task, from, this.sourceLength);
    requireRoom(task, to, this.contextLength);
    return { source: from, target: to, inputs: Int32Array.from([this.#start, ...to.subarray(0, -1)]) };
  }

  get #start(): number {
    return this.defaults.decoderStartTokenId ?? this.config.decoderStartTokenId;
  }

  #encode(task: string, prompt: Prompt): Int32Array {
    if (typeof prompt !== 'string' && !(prompt instanceof Int32Array))
      throw new ConfigError(`${task}: expected a string or an Int32Array of ids, got ${typeof prompt}`);
    const ids = typeof prompt === 'string' ? this.tokenizer.encode(prompt).ids : prompt;
    if (ids.length === 0) throw new ConfigError(`${task}: the text has no tokens`);
    return ids;
  }
}
