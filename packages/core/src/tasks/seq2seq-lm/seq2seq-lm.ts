import type { WeightType } from '../../backend/backend.ts';
import type { DecoderEngine } from '../../engine/decoder-engine.ts';
import { ConfigError } from '../../errors.ts';
import type { GenerationDefaults } from '../../generate/defaults.ts';
import { truncateSource } from '../../generate/fit.ts';
import { type EncodedPrompt, Generator } from '../../generate/generator.ts';
import { GENERATE_OPTIONS, type GenerateOptions, type Prompt } from '../../generate/options.ts';
import type { GeneratedPiece, Generation } from '../../generate/result.ts';
import { scoreText } from '../../generate/scheduler/prefill.ts';
import { checkStreamable, type GenerationSettings } from '../../generate/settings.ts';
import type { Seq2SeqConfig } from '../../models/seq2seq/registry.ts';
import { checkOptions, type OptionKind, type OptionNames } from '../../options.ts';
import type { Tokenizer } from '../../text/tokenizer.ts';
import { promptIds, requireContextLength } from '../inputs.ts';
import {
  type Perplexity,
  type PerplexityOptions,
  perplexityOf,
  type ScoredToken,
  scoreToken,
} from '../perplexity.ts';
import { LanguageTokens } from './languages.ts';
import {
  type Alignments,
  CROSS_ATTENTION,
  type Seq2SeqTrace,
  type Seq2SeqTraceOptions,
  type SourceTarget,
  seq2seqAlignments,
  seq2seqTrace,
} from './seq2seq-trace.ts';
import {
  type SummarizeOptions,
  summarizationParams,
  type TaskParams,
  type TranslateOptions,
  translationParams,
} from './task-specific-params.ts';

const PREFIX = { prefix: 'string' } satisfies OptionNames<Omit<SummarizeOptions, keyof GenerateOptions>>;
const TRANSLATE_OPTIONS = {
  sourceLanguage: 'string',
  targetLanguage: 'string',
  ...PREFIX,
} satisfies OptionNames<Omit<TranslateOptions, keyof GenerateOptions>>;
const CALL_OPTIONS = { hooks: 'object', signal: 'signal' } as const;
const PERPLEXITY_OPTIONS = { topLogProbs: 'whole', ...CALL_OPTIONS } satisfies OptionNames<PerplexityOptions>;
const TRACE_OPTIONS = { record: 'names', ...CALL_OPTIONS } satisfies OptionNames<Seq2SeqTraceOptions>;

/**
 * An encoder–decoder language model with its tokenizer, for example for translation or summarization. Created by `loadSeq2SeqLM`. Calls
 * run one after another.
 */
export class Seq2SeqLM {
  readonly kind = 'seq2seqLM';
  readonly config: Seq2SeqConfig;
  readonly tokenizer: Tokenizer;
  /** Default generation options. */
  readonly defaults: GenerationDefaults;
  readonly #engine: DecoderEngine;
  readonly #generator: Generator;
  readonly #languages: LanguageTokens | undefined;

  /** `tokenizerConfigJson` is the contents of tokenizer_config.json, which names the languages of multilingual models. */
  constructor(
    config: Seq2SeqConfig,
    tokenizer: Tokenizer,
    engine: DecoderEngine,
    {
      defaults = {},
      tokenizerConfigJson,
    }: { readonly defaults?: GenerationDefaults; readonly tokenizerConfigJson?: unknown } = {},
  ) {
    this.config = config;
    this.tokenizer = tokenizer;
    const { vocabSize, contextLength, eosTokenIds, decoderStartTokenId } = config;
    this.defaults = { eosTokenIds, decoderStartTokenId, ...defaults };
    this.#engine = engine;
    this.#languages = LanguageTokens.of(config.modelType, tokenizer, tokenizerConfigJson);
    this.#generator = new Generator({
      engine,
      tokenizer,
      defaults: this.defaults,
      vocabSize,
      contextLength,
      alignments: CROSS_ATTENTION,
    });
  }

  /** The type that the weights are kept in: the option `dtype` of the loader, or what its `auto` chose. */
  get dtype(): WeightType {
    return this.#engine.dtype ?? 'f32';
  }

  /** Name of the backend, for example `wasm-relaxed-simd`. */
  get backend(): string {
    return this.#engine.name;
  }

  /** Maximum decoder tokens, start token included; ∞ for relative positions. */
  get contextLength(): number {
    return this.config.contextLength;
  }

  /** Maximum source tokens; ∞ for relative positions. */
  get sourceLength(): number {
    return this.config.sourceLength;
  }

  /** End-of-sequence token ids. */
  get eosTokenIds(): readonly number[] {
    return this.defaults.eosTokenIds ?? [];
  }

  /**
   * Generates a text from a source, or one from each of several. Defaults are those of the model's files, often beam search. No prefix is
   * added to the source; see {@link translate} and {@link summarize}.
   *
   * Rejects with `ConfigError` for an invalid option, `ContextLengthError` for a source that is too long, and, before the next forward
   * pass, with the signal's reason if aborted.
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
   * Generates a text from a source and yields it in pieces of complete characters. `numBeams` is 1 by default, whatever the model's files
   * say. The generator returns the complete result. Leaving the loop ends the generation.
   */
  async *stream(
    source: Prompt,
    options: GenerateOptions = {},
  ): AsyncGenerator<GeneratedPiece, Generation, void> {
    checkOptions('stream', options, GENERATE_OPTIONS);
    const single = { numBeams: 1, ...options };
    const settings = checkStreamable('stream', this.#generator.settings('stream', single));
    return yield* this.#generator.stream(
      this.#encodeSource('stream', source, settings, { prefix: '' }),
      settings,
      single,
    );
  }

  /**
   * Translates a text or several at once. Models of a single language pair need no options, T5 needs `sourceLanguage` and
   * `targetLanguage`, multilingual Marian models `targetLanguage`. NLLB, M2M100 and mBART need `targetLanguage`, and `sourceLanguage` unless it is
   * that of the model's files, else English.
   *
   * ```ts
   * const { text } = await model.translate('How are you?', { sourceLanguage: 'en', targetLanguage: 'de' });
   * ```
   *
   * Rejects like `generate`, and with `ConfigError` for languages that the model's files do not define.
   */
  translate(text: string, options?: TranslateOptions): Promise<Generation>;
  translate(texts: readonly string[], options?: TranslateOptions): Promise<Generation[]>;
  async translate(
    input: string | readonly string[],
    options: TranslateOptions = {},
  ): Promise<Generation | Generation[]> {
    checkOptions('translate', options, GENERATE_OPTIONS, TRANSLATE_OPTIONS);
    const params = translationParams(this.tokenizer, this.defaults, options, this.#languages);
    return this.#generate('translate', input, options, params, TRANSLATE_OPTIONS);
  }

  /** Summarizes a text or several at once. Rejects like `generate`. */
  summarize(text: string, options?: SummarizeOptions): Promise<Generation>;
  summarize(texts: readonly string[], options?: SummarizeOptions): Promise<Generation[]>;
  async summarize(
    input: string | readonly string[],
    options: SummarizeOptions = {},
  ): Promise<Generation | Generation[]> {
    checkOptions('summarize', options, GENERATE_OPTIONS, PREFIX);
    return this.#generate('summarize', input, options, summarizationParams(this.defaults, options), PREFIX);
  }

  /**
   * Perplexity of a target given a source (teacher forcing). All tokens of the target are scored, including its end-of-sequence token.
   */
  async perplexity(source: Prompt, target: Prompt, options: PerplexityOptions = {}): Promise<Perplexity> {
    checkOptions('perplexity', options, PERPLEXITY_OPTIONS);
    const { topLogProbs = 0, hooks, signal } = options;
    const pair = this.#encodePair('perplexity', source, target);
    const call = { ...(hooks && { hooks }), ...(signal && { signal }) };
    return this.#generator.exclusive(signal, pair.inputs.length, async (session) => {
      const tokens: ScoredToken[] = [];
      await scoreText(session, { ids: pair.inputs, source: pair.source }, call, (i, logits) => {
        const prefix = pair.target.subarray(0, i);
        tokens.push(scoreToken(this.tokenizer, prefix, logits, pair.target[i]!, topLogProbs));
      });
      return perplexityOf(tokens);
    });
  }

  /**
   * Cross-attention weights of every layer and head for a given source and target (teacher forcing; Bahdanau et al. 2015, fig. 3). For
   * generated texts see the option `alignments` of `generate`.
   */
  async alignments(
    source: Prompt,
    target: Prompt,
    options: Omit<Seq2SeqTraceOptions, 'record'> = {},
  ): Promise<Alignments> {
    checkOptions('alignments', options, CALL_OPTIONS);
    const pair = this.#encodePair('alignments', source, target);
    return seq2seqAlignments(this.#generator, this.config, pair, options);
  }

  /** Runs a source and a target and returns all attention weights, logits, and the activations that match `record`. */
  async trace(source: Prompt, target: Prompt, options: Seq2SeqTraceOptions = {}): Promise<Seq2SeqTrace> {
    checkOptions('trace', options, TRACE_OPTIONS);
    return seq2seqTrace(this.#generator, this.config, this.#encodePair('trace', source, target), options);
  }

  /** Frees the model's memory. Later calls reject; calling it again does nothing. */
  async dispose(): Promise<void> {
    await this.#engine.dispose();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  async #generate(
    task: string,
    input: Prompt | readonly Prompt[],
    options: GenerateOptions,
    params: TaskParams,
    more: Readonly<Record<string, OptionKind>> = {},
  ): Promise<Generation | Generation[]> {
    const settings = this.#generator.settings(task, options, params.defaults, more);
    const sources = Array.isArray(input) ? (input as readonly Prompt[]) : [input as Prompt];
    const encoded = sources.map((source) => this.#encodeSource(task, source, settings, params));
    const generations = await this.#generator.generate(encoded, settings, options);
    return Array.isArray(input) ? generations : generations[0]!;
  }

  #encodeSource(
    task: string,
    source: Prompt,
    settings: GenerationSettings,
    { prefix, sourceLanguage }: Omit<TaskParams, 'defaults'>,
  ): EncodedPrompt {
    const text = typeof source === 'string' ? prefix + source : source;
    const fit = (encoded: Int32Array, length: number) =>
      truncateSource(task, encoded, length, settings.truncatePrompt, this.tokenizer);
    const languages = this.#languages;
    const ids =
      languages && typeof text === 'string'
        ? languages.encode(
            fit(this.#plainIds(text), this.sourceLength - languages.added),
            sourceLanguage ?? languages.source,
          )
        : fit(this.#encode(task, text), this.sourceLength);
    return { ids: [this.#decoderStartTokenId], source: ids, promptIds: ids, prefix: [] };
  }

  /** Throws `ContextLengthError` for a source or target that is too long. */
  #encodePair(task: string, source: Prompt, target: Prompt): SourceTarget {
    const languages = this.#languages;
    const encode = (text: Prompt, language: string) =>
      languages && typeof text === 'string'
        ? languages.encode(this.#plainIds(text), language)
        : this.#encode(task, text);
    const sourceIds = encode(source, languages?.source ?? '');
    const targetIds = encode(target, languages?.target ?? languages?.source ?? '');
    requireContextLength(task, sourceIds, this.sourceLength);
    requireContextLength(task, targetIds, this.contextLength);
    const inputs = Int32Array.from([this.#decoderStartTokenId, ...targetIds.subarray(0, -1)]);
    return { source: sourceIds, target: targetIds, inputs };
  }

  get #decoderStartTokenId(): number {
    return this.defaults.decoderStartTokenId ?? this.config.decoderStartTokenId;
  }

  /** Without special tokens. */
  #plainIds(text: string): Int32Array {
    return this.tokenizer.encode(text, { addSpecialTokens: false }).ids;
  }

  #encode(task: string, prompt: Prompt): Int32Array {
    const ids = promptIds(task, this.tokenizer, prompt);
    if (ids.length === 0) throw new ConfigError(`${task}: the text has no tokens`);
    return ids;
  }
}
