import type { WeightType } from '../../backend/backend.ts';
import type { DecoderEngine } from '../../engine/decoder-engine.ts';
import { ConfigError } from '../../errors.ts';
import type { GenerationDefaults } from '../../generate/defaults.ts';
import { truncatePrompt } from '../../generate/fit.ts';
import { type EncodedPrompt, Generator } from '../../generate/generator.ts';
import type { TokenProbability } from '../../generate/logits/top-of-row.ts';
import { tokenTextAfter, topTokens } from '../../generate/logits/top-tokens.ts';
import type { GenerateOptions, Prompt } from '../../generate/options.ts';
import type { GeneratedPiece, Generation } from '../../generate/result.ts';
import { prefill } from '../../generate/scheduler/prefill.ts';
import { checkStreamable, type GenerationSettings, newTokensAfter } from '../../generate/settings.ts';
import type { Hooks } from '../../hooks/hooks.ts';
import type { DecoderConfig } from '../../models/decoders/registry.ts';
import { checkOptions, type OptionNames } from '../../options.ts';
import { type ChatMessage, ChatTemplate, type ChatTemplateOptions } from '../../text/chat-template.ts';
import type { Tokenizer } from '../../text/tokenizer.ts';
import { promptIds, requireContextLength, requireCount } from '../inputs.ts';
import type { Perplexity } from '../perplexity.ts';
import { ATTENTION_WEIGHTS, type Recording } from '../trace.ts';
import { type CausalPerplexityOptions, causalPerplexity } from './causal-perplexity.ts';
import { type CausalTrace, type CausalTraceOptions, causalRecord, causalTrace } from './causal-trace.ts';
import { type LogitLens, type LogitLensOptions, logitLens } from './logit-lens.ts';

/** Settings in a model's files besides config.json. */
export interface CausalLMSettings {
  /** Generation options of the model's files. */
  readonly defaults?: GenerationDefaults;
  readonly chatTemplate?: ChatTemplate | undefined;
}

export interface ChatOptions extends GenerateOptions, Omit<ChatTemplateOptions, 'addGenerationPrompt'> {
  /** Jinja template that replaces the model's. */
  chatTemplate?: string;
}

const CHAT_OPTIONS = {
  tools: true,
  documents: true,
  template: 'string',
  variables: true,
  chatTemplate: 'string',
  addGenerationPrompt: 'boolean',
  maxTemplateSteps: 'numeric',
  maxTemplateLength: 'numeric',
  signal: 'signal',
} satisfies OptionNames<Omit<ChatOptions, keyof GenerateOptions> & ChatTemplateOptions>;

export interface NextTokensOptions {
  /** Number of tokens to return. Default: 10. */
  topK?: number;
  hooks?: Hooks;
  signal?: AbortSignal;
}

const CALL_OPTIONS = { hooks: 'object', signal: 'signal' } satisfies OptionNames<
  Omit<NextTokensOptions, 'topK'>
>;
const NEXT_TOKENS_OPTIONS = { topK: 'numeric', ...CALL_OPTIONS } satisfies OptionNames<NextTokensOptions>;
const PERPLEXITY_OPTIONS = {
  prompt: true,
  stride: 'numeric',
  topLogProbs: 'numeric',
  ...CALL_OPTIONS,
} satisfies OptionNames<CausalPerplexityOptions>;
const LENS_OPTIONS = { topK: 'numeric', signal: 'signal' } satisfies OptionNames<LogitLensOptions>;
const TRACE_OPTIONS = {
  logits: true,
  record: 'names',
  ...CALL_OPTIONS,
} satisfies OptionNames<CausalTraceOptions>;

/**
 * A decoder-only language model with its tokenizer. Created by `loadCausalLM`.
 *
 * Calls run one after another. The key-value cache is kept between calls: the next call computes only the tokens after the common prefix,
 * so that a turn of a conversation costs only its new tokens.
 */
export class CausalLM {
  readonly kind = 'causalLM';
  readonly config: DecoderConfig;
  readonly tokenizer: Tokenizer;
  /** Default generation options. */
  readonly defaults: GenerationDefaults;
  /** The model's chat template; undefined if its files have none. */
  readonly chatTemplate: ChatTemplate | undefined;
  readonly #engine: DecoderEngine;
  readonly #generator: Generator;

  constructor(
    config: DecoderConfig,
    tokenizer: Tokenizer,
    engine: DecoderEngine,
    { defaults = {}, chatTemplate }: CausalLMSettings = {},
  ) {
    this.config = config;
    this.tokenizer = tokenizer;
    const { eos } = tokenizer.specialTokens;
    const eosTokenIds = config.eosTokenIds.length > 0 ? config.eosTokenIds : eos === undefined ? [] : [eos];
    this.defaults = { eosTokenIds, ...defaults };
    this.chatTemplate = chatTemplate;
    this.#engine = engine;
    const { vocabSize, contextLength } = config;
    this.#generator = new Generator({
      engine,
      tokenizer,
      defaults: this.defaults,
      vocabSize,
      contextLength,
      alignments: ATTENTION_WEIGHTS,
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

  /** Maximum tokens of the model, generated ones included. */
  get contextLength(): number {
    return this.config.contextLength;
  }

  /** End-of-sequence token ids. */
  get eosTokenIds(): readonly number[] {
    return this.defaults.eosTokenIds ?? [];
  }

  /**
   * Continues a prompt or several at once. When one ends, the next starts.
   *
   * ```ts
   * const { text } = await model.generate('Once upon a time', { maxNewTokens: 40 });
   * ```
   *
   * Rejects with `ConfigError` for an invalid option, `ContextLengthError` for a prompt that is too long, and, before the next forward
   * pass, with the signal's reason if aborted.
   */
  generate(prompt: Prompt, options?: GenerateOptions): Promise<Generation>;
  generate(prompts: readonly Prompt[], options?: GenerateOptions): Promise<Generation[]>;
  async generate(
    input: Prompt | readonly Prompt[],
    options: GenerateOptions = {},
  ): Promise<Generation | Generation[]> {
    const settings = this.#generator.settings('generate', options);
    const prompts = Array.isArray(input) ? (input as readonly Prompt[]) : [input as Prompt];
    const encoded = prompts.map((prompt) => this.#encodeToFit('generate', prompt, settings));
    const generations = await this.#generator.generate(encoded, settings, options);
    return Array.isArray(input) ? generations : generations[0]!;
  }

  /**
   * Continues a prompt and yields the text in pieces of complete characters, without stop strings. The generator returns the complete
   * result. Leaving the loop ends the generation.
   *
   * ```ts
   * for await (const { text } of model.stream('Once upon a time')) process.stdout.write(text);
   * ```
   */
  async *stream(
    prompt: Prompt,
    options: GenerateOptions = {},
  ): AsyncGenerator<GeneratedPiece, Generation, void> {
    const settings = checkStreamable('stream', this.#generator.settings('stream', options));
    return yield* this.#generator.stream(this.#encodeToFit('stream', prompt, settings), settings, options);
  }

  /**
   * Generates the next message of a conversation, formatted with the chat template. Cached keys and values of earlier turns are reused.
   *
   * Rejects like `generate`, and with `TemplateError` if the template raises an exception.
   */
  async chat(messages: readonly ChatMessage[], options: ChatOptions = {}): Promise<Generation> {
    const settings = this.#generator.settings('chat', options, this.#chatDefaults(), CHAT_OPTIONS);
    const prompt = await this.#encodeChat('chat', messages, settings, options);
    return (await this.#generator.generate([prompt], settings, options))[0]!;
  }

  /** Like {@link chat}, but yields the text in pieces as {@link stream} does. */
  async *streamChat(
    messages: readonly ChatMessage[],
    options: ChatOptions = {},
  ): AsyncGenerator<GeneratedPiece, Generation, void> {
    const settings = checkStreamable(
      'streamChat',
      this.#generator.settings('streamChat', options, this.#chatDefaults(), CHAT_OPTIONS),
    );
    const prompt = await this.#encodeChat('streamChat', messages, settings, options);
    return yield* this.#generator.stream(prompt, settings, options);
  }

  /** Formats a conversation with the chat template. Rejects with `ConfigError` if there is none. */
  async applyChatTemplate(
    messages: readonly ChatMessage[],
    options: ChatTemplateOptions & Pick<ChatOptions, 'chatTemplate'> = {},
  ): Promise<string> {
    checkOptions('applyChatTemplate', options, CHAT_OPTIONS);
    const { chatTemplate, ...rest } = options;
    const template =
      chatTemplate === undefined
        ? this.chatTemplate
        : ChatTemplate.fromSource(chatTemplate, this.#specialTokens());
    if (template) return template.render(messages, rest);
    throw new ConfigError(
      "chat: the model's files have no chat template; pass one as the option chatTemplate",
    );
  }

  /** The most probable next tokens after a text, in descending order. */
  async nextTokens(text: Prompt, options: NextTokensOptions = {}): Promise<TokenProbability[]> {
    checkOptions('nextTokens', options, NEXT_TOKENS_OPTIONS);
    const { topK = 10 } = options;
    requireCount('nextTokens', 'topK', topK);
    const ids = this.#encode('nextTokens', text);
    const logits = await this.#logitsAfter('nextTokens', ids, options);
    return topTokens(this.tokenizer, logits, topK, tokenTextAfter(this.tokenizer, ids));
  }

  /** The logits of all tokens after a text, `[vocabSize]`. */
  async nextLogits(text: Prompt, options: Omit<NextTokensOptions, 'topK'> = {}): Promise<Float32Array> {
    checkOptions('nextLogits', options, CALL_OPTIONS);
    const logits = await this.#logitsAfter('nextLogits', this.#encode('nextLogits', text), options);
    return logits.slice();
  }

  #logitsAfter(task: string, ids: Int32Array, { hooks, signal }: NextTokensOptions): Promise<Float32Array> {
    requireContextLength(task, ids, this.contextLength);
    const call = { ...(hooks && { hooks }), ...(signal && { signal }) };
    return this.#generator.exclusive(signal, ids.length, (session) => prefill(session, ids, call));
  }

  /**
   * Perplexity of a text (teacher forcing). The first token has no context and is not scored.
   *
   * Rejects with `ConfigError` for a text of fewer than two tokens, and with `ContextLengthError` for one longer than the context unless a
   * `stride` is given.
   */
  async perplexity(text: Prompt, options: CausalPerplexityOptions = {}): Promise<Perplexity> {
    checkOptions('perplexity', options, PERPLEXITY_OPTIONS);
    return causalPerplexity(this.#generator, (prompt) => this.#encode('perplexity', prompt), text, options);
  }

  /** Logit lens (nostalgebraist 2020): each layer's residual stream through final norm and LM head, after every token of a text. */
  async logitLens(text: Prompt, options: LogitLensOptions = {}): Promise<LogitLens> {
    checkOptions('logitLens', options, LENS_OPTIONS);
    return logitLens(this.#generator, this.#encode('logitLens', text), options);
  }

  /** Runs one text and returns its tokens, all attention weights, logits, and the activations that match `record`. */
  async trace(text: string, options: CausalTraceOptions = {}): Promise<CausalTrace> {
    checkOptions('trace', options, TRACE_OPTIONS);
    return causalTrace(this.#generator, this.config, text, options);
  }

  /**
   * Runs one text and records only the activations that match these names or patterns. Throws `ConfigError` for a name that matches no
   * activation of the model.
   */
  async record(
    text: string,
    names: readonly string[],
    options: Omit<CausalTraceOptions, 'record' | 'logits'> = {},
  ): Promise<Recording> {
    checkOptions('record', options, CALL_OPTIONS);
    return causalRecord(this.#generator, text, names, options);
  }

  /** Frees the model's memory. Later calls reject; calling it again does nothing. */
  async dispose(): Promise<void> {
    await this.#engine.dispose();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  #encodeToFit(task: string, prompt: Prompt, settings: GenerationSettings): EncodedPrompt {
    const ids = this.#truncate(task, this.#encode(task, prompt), settings);
    return { ids, promptIds: ids, prefix: ids };
  }

  async #encodeChat(
    task: string,
    messages: readonly ChatMessage[],
    settings: GenerationSettings,
    options: ChatOptions,
  ): Promise<EncodedPrompt> {
    const ofTemplate = Object.entries(options).filter(([name]) => Object.hasOwn(CHAT_OPTIONS, name));
    const text = await this.applyChatTemplate(messages, Object.fromEntries(ofTemplate));
    // The template contains the special tokens. The answer is decoded as a text of its own, hence the empty prefix.
    const ids = this.#truncate(task, this.tokenizer.encode(text, { addSpecialTokens: false }).ids, settings);
    return { ids, promptIds: ids, prefix: [] };
  }

  #truncate(task: string, ids: Int32Array, settings: GenerationSettings): Int32Array {
    const newTokens = newTokensAfter(settings, ids.length);
    return truncatePrompt(task, ids, this.contextLength, settings.truncatePrompt, newTokens, this.tokenizer);
  }

  /** Token ids of a prompt; the beginning-of-sequence token for an empty one. */
  #encode(task: string, prompt: Prompt): Int32Array {
    const ids = promptIds(task, this.tokenizer, prompt);
    if (ids.length > 0) return ids;
    const bos = this.defaults.bosTokenId ?? this.config.bosTokenId ?? this.tokenizer.specialTokens.bos;
    if (bos !== undefined) return Int32Array.of(bos);
    throw new ConfigError(
      `${task}: the prompt has no tokens, and the model has no beginning-of-sequence token`,
    );
  }

  /** In chat templates the tokenizer's end-of-sequence token, which may differ from the model's, ends a turn. */
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
