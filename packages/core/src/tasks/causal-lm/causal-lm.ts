import type { DecoderEngine } from '../../engine/decoder-engine.ts';
import { ConfigError } from '../../errors.ts';
import type { GenerationDefaults } from '../../generate/defaults.ts';
import { fitPrompt } from '../../generate/fit.ts';
import { Generator, type ReadyPrompt } from '../../generate/generator.ts';
import type { TokenProbability } from '../../generate/logits/top-tokens.ts';
import { tokenTextAfter, topTokens } from '../../generate/logits/top-tokens.ts';
import type { GenerateOptions, Prompt } from '../../generate/options.ts';
import type { GeneratedPiece, Generation } from '../../generate/result.ts';
import { prefill } from '../../generate/scheduler/prefill.ts';
import { checkStreamable, type GenerationSettings, newTokensAfter } from '../../generate/settings.ts';
import type { Hooks } from '../../hooks/hooks.ts';
import type { DecoderConfig } from '../../models/index.ts';
import { type ChatMessage, ChatTemplate, type ChatTemplateOptions } from '../../text/chat-template.ts';
import type { Tokenizer } from '../../text/index.ts';
import { requireCount } from '../inputs.ts';
import type { Perplexity } from '../perplexity.ts';
import { ATTENTION_WEIGHTS, type Recording } from '../trace.ts';
import { type CausalParts, type CausalPerplexityOptions, causalPerplexity } from './causal-perplexity.ts';
import { type CausalTrace, type CausalTraceOptions, causalRecord, causalTrace } from './causal-trace.ts';
import { type LogitLens, type LogitLensOptions, logitLens, requireRoom } from './logit-lens.ts';

/** What a model's files say besides its configuration. */
export interface CausalLMSettings {
  /** Of generation_config.json. */
  readonly defaults?: GenerationDefaults;
  readonly chatTemplate?: ChatTemplate | undefined;
}

export interface ChatOptions extends GenerateOptions, Omit<ChatTemplateOptions, 'addGenerationPrompt'> {
  /** A template (Jinja) to use in place of the model's. */
  chatTemplate?: string;
}

export interface NextTokensOptions {
  /** How many of the likeliest tokens to tell. Default: 10. */
  topK?: number;
  hooks?: Hooks;
  signal?: AbortSignal;
}

/**
 * A decoder that tells what comes next: text in, text out. Made by `loadCausalLM`.
 *
 * Calls wait for each other. What a call has read is kept: the next one computes only what comes after their common beginning, so that
 * the turns of a conversation cost what is new in them.
 */
export class CausalLM {
  readonly config: DecoderConfig;
  readonly tokenizer: Tokenizer;
  /** What generation does unless its options say otherwise. */
  readonly defaults: GenerationDefaults;
  /** How conversations are written; undefined if the model's files do not say. */
  readonly chatTemplate: ChatTemplate | undefined;
  readonly #engine: DecoderEngine;
  readonly #parts: CausalParts;

  constructor(
    config: DecoderConfig,
    tokenizer: Tokenizer,
    engine: DecoderEngine,
    { defaults = {}, chatTemplate }: CausalLMSettings = {},
  ) {
    this.config = config;
    this.tokenizer = tokenizer;
    const { eos } = tokenizer.specialTokens;
    const named = config.eosTokenIds.length > 0 ? config.eosTokenIds : eos === undefined ? [] : [eos];
    this.defaults = { eosTokenIds: named, ...defaults };
    this.chatTemplate = chatTemplate;
    this.#engine = engine;
    const { vocabSize, contextLength } = config;
    const generator = new Generator({
      engine,
      tokenizer,
      defaults: this.defaults,
      vocabSize,
      contextLength,
      alignments: ATTENTION_WEIGHTS,
    });
    const encode = (task: string, prompt: Prompt) => this.#encode(task, prompt);
    this.#parts = { generator, tokenizer, contextLength, encode };
  }

  /** What computes the model, for example `wasm-relaxed-simd`. */
  get backend(): string {
    return this.#engine.name;
  }

  /** Most tokens that the model reads, those that it generates included. */
  get contextLength(): number {
    return this.config.contextLength;
  }

  /** Ids that end a text. */
  get eosTokenIds(): readonly number[] {
    return this.defaults.eosTokenIds ?? [];
  }

  /**
   * Goes on from a prompt, or from several at once. Each ends by itself, and the next takes its place.
   *
   * ```ts
   * const { text } = await model.generate('Once upon a time', { maxNewTokens: 40 });
   * ```
   *
   * Rejects with `ConfigError` for an option that does not fit, `ContextLengthError` for a prompt that is too long, and, before another
   * token is computed, with the signal's reason when it is aborted.
   */
  generate(prompt: Prompt, options?: GenerateOptions): Promise<Generation>;
  generate(prompts: readonly Prompt[], options?: GenerateOptions): Promise<Generation[]>;
  async generate(
    input: Prompt | readonly Prompt[],
    options: GenerateOptions = {},
  ): Promise<Generation | Generation[]> {
    const { generator } = this.#parts;
    const settings = generator.settings('generate', options);
    const prompts = Array.isArray(input) ? (input as readonly Prompt[]) : [input as Prompt];
    const ready = prompts.map((prompt) => this.#ready('generate', prompt, settings));
    const generations = await generator.generate(ready, settings, options);
    return Array.isArray(input) ? generations : generations[0]!;
  }

  /**
   * Goes on from a prompt and gives the text in pieces, as soon as they are certain: no character is split, and a stop string does not show.
   * The generator's return value is the whole. Leaving the loop ends the generation.
   *
   * ```ts
   * for await (const { text } of model.stream('Once upon a time')) process.stdout.write(text);
   * ```
   */
  async *stream(
    prompt: Prompt,
    options: GenerateOptions = {},
  ): AsyncGenerator<GeneratedPiece, Generation, void> {
    const { generator } = this.#parts;
    const settings = checkStreamable('stream', generator.settings('stream', options));
    return yield* generator.stream(this.#ready('stream', prompt, settings), settings, options);
  }

  /**
   * Answers in a conversation, which the model's chat template writes out. What was computed for its earlier turns is used again.
   *
   * Rejects as `generate` does, and with `TemplateError` if the template refuses the messages.
   */
  async chat(messages: readonly ChatMessage[], options: ChatOptions = {}): Promise<Generation> {
    const { generator } = this.#parts;
    const settings = generator.settings('chat', options, this.#chatDefaults());
    const prompt = await this.#readyChat('chat', messages, settings, options);
    return (await generator.generate([prompt], settings, options))[0]!;
  }

  /** Answers in a conversation, piece by piece. See {@link chat} and {@link stream}. */
  async *streamChat(
    messages: readonly ChatMessage[],
    options: ChatOptions = {},
  ): AsyncGenerator<GeneratedPiece, Generation, void> {
    const { generator } = this.#parts;
    const settings = checkStreamable(
      'streamChat',
      generator.settings('streamChat', options, this.#chatDefaults()),
    );
    const prompt = await this.#readyChat('streamChat', messages, settings, options);
    return yield* generator.stream(prompt, settings, options);
  }

  /** A conversation as the model reads it. Rejects with `ConfigError` if there is no template. */
  async applyChatTemplate(
    messages: readonly ChatMessage[],
    options: ChatTemplateOptions & Pick<ChatOptions, 'chatTemplate'> = {},
  ): Promise<string> {
    const { chatTemplate, ...rest } = options;
    const template =
      chatTemplate === undefined
        ? this.chatTemplate
        : ChatTemplate.fromSource(chatTemplate, this.#specialTokens());
    if (template) return template.render(messages, rest);
    throw new ConfigError(
      "chat: the model's files have no chat template; give one by the option chatTemplate",
    );
  }

  /** The likeliest next tokens after a text, likeliest first. */
  async nextTokens(text: Prompt, options: NextTokensOptions = {}): Promise<TokenProbability[]> {
    const { topK = 10, hooks, signal } = options;
    requireCount('nextTokens', 'topK', topK);
    const ids = this.#encode('nextTokens', text);
    requireRoom('nextTokens', ids, this.contextLength);
    const { generator } = this.#parts;
    const call = { ...(hooks && { hooks }), ...(signal && { signal }) };
    const logits = await generator.exclusive(signal, ids.length, (held) => prefill(held, ids, call));
    return topTokens(this.tokenizer, logits, topK, tokenTextAfter(this.tokenizer, ids));
  }

  /**
   * How well the model foresees a text: it is given to it token by token (teacher forcing). The first token has nothing before it and
   * does not count.
   *
   * Rejects with `ConfigError` for a text without a second token, and with `ContextLengthError` for one that is longer than the model
   * reads, unless a `stride` is given.
   */
  perplexity(text: Prompt, options: CausalPerplexityOptions = {}): Promise<Perplexity> {
    return causalPerplexity(this.#parts, text, options);
  }

  /** What each layer would say next if it were the last (the logit lens, nostalgebraist 2020), after every token of a text. */
  logitLens(text: Prompt, options: LogitLensOptions = {}): Promise<LogitLens> {
    return logitLens(this.#parts, text, options);
  }

  /** Reads one text and keeps what happened inside: tokens, every head's attention, logits, and whatever else is asked for. */
  trace(text: string, options: CausalTraceOptions = {}): Promise<CausalTrace> {
    return causalTrace(this.#parts, this.config, text, options);
  }

  /**
   * Reads one text and keeps the activations of these names or patterns, and nothing else. Throws `ConfigError` for a name that the model
   * does not have.
   */
  record(
    text: string,
    names: readonly string[],
    options: Omit<CausalTraceOptions, 'record' | 'logits'> = {},
  ): Promise<Recording> {
    return causalRecord(this.#parts, text, names, options);
  }

  /** Frees the model's memory. Later calls reject; disposing again does nothing. */
  async dispose(): Promise<void> {
    await this.#engine.dispose();
  }

  #ready(task: string, prompt: Prompt, settings: GenerationSettings): ReadyPrompt {
    const ids = this.#fit(task, this.#encode(task, prompt), settings);
    return { ids, promptIds: ids, prefix: ids };
  }

  async #readyChat(
    task: string,
    messages: readonly ChatMessage[],
    settings: GenerationSettings,
    options: ChatOptions,
  ): Promise<ReadyPrompt> {
    const text = await this.applyChatTemplate(messages, options);
    // The template has written the special tokens; an answer is a text by itself.
    const ids = this.#fit(task, this.tokenizer.encode(text, { addSpecialTokens: false }).ids, settings);
    return { ids, promptIds: ids, prefix: [] };
  }

  #fit(task: string, ids: Int32Array, settings: GenerationSettings): Int32Array {
    const wanted = newTokensAfter(settings, ids.length);
    return fitPrompt(task, ids, this.contextLength, settings.truncatePrompt, wanted, this.tokenizer);
  }

  /** The ids of a text; of the empty one, the token that texts begin with. */
  #encode(task: string, prompt: Prompt): Int32Array {
    if (typeof prompt !== 'string' && !(prompt instanceof Int32Array))
      throw new ConfigError(`${task}: expected a string or an Int32Array of ids, got ${typeof prompt}`);
    const ids = typeof prompt === 'string' ? this.tokenizer.encode(prompt).ids : prompt;
    if (ids.length > 0) return ids;
    const bos = this.defaults.bosTokenId ?? this.config.bosTokenId ?? this.tokenizer.specialTokens.bos;
    if (bos !== undefined) return Int32Array.of(bos);
    throw new ConfigError(`${task}: the prompt has no tokens, and the model none that texts begin with`);
  }

  /** A turn of a conversation may end with the tokeniser's token where a text ends with another. */
  #chatDefaults(): GenerationDefaults {
    const { eos } = this.tokenizer.specialTokens;
    const eosTokenIds = eos === undefined ? this.eosTokenIds : [...new Set([...this.eosTokenIds, eos])];
    return { ...this.defaults, eosTokenIds };
  }

  #specialTokens(): Record<string, string> {
    return Object.fromEntries(
      Object.entries(this.tokenizer.specialTokens).map(([role, id]: [string, number]) => [
        `${role}_token`,
        this.tokenizer.idToToken(id) ?? '',
      ]),
    );
  }
}
