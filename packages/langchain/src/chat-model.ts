import {
  type CausalLM,
  type ChatOptions,
  ConfigError,
  type Generation,
  type Seq2SeqLM,
} from '@headwise/core';
import {
  type Conversation,
  checkOptions,
  GENERATE_OPTIONS,
  type OptionNames,
  openConversation,
  readToolCalls,
  requireModel,
  requireOptions,
  ToolCallReader,
  takesTools,
} from '@headwise/core/internal';
import type { CallbackManagerForLLMRun } from '@langchain/core/callbacks/manager';
import type { BaseLanguageModelInput } from '@langchain/core/language_models/base';
import {
  BaseChatModel,
  type BaseChatModelCallOptions,
  type BaseChatModelParams,
  type BindToolsInput,
  type LangSmithParams,
} from '@langchain/core/language_models/chat_models';
import {
  AIMessage,
  AIMessageChunk,
  type BaseMessage,
  type MessageContent,
  type StandardMessageStructure,
  type UsageMetadata,
} from '@langchain/core/messages';
import { ChatGenerationChunk, type ChatResult, type LLMResult } from '@langchain/core/outputs';
import type { Runnable } from '@langchain/core/runnables';
import { convertToOpenAITool } from '@langchain/core/utils/function_calling';
import { messageOf, textOf } from './messages.ts';
import { chunkOf, type FunctionTool, toldTools, toolCallsOf } from './tools.ts';

/** Options of one call: LangChain's, and those of core's `generate` and `chat`. */
export interface ChatHeadwiseCallOptions
  extends BaseChatModelCallOptions,
    Omit<ChatOptions, 'signal' | 'tools' | 'documents' | 'template' | 'numReturnSequences'> {
  /** Tools that the model is told of, as `bindTools` gives them. */
  tools?: readonly FunctionTool[];
}

/** Fields of {@link ChatHeadwise}. */
export interface ChatHeadwiseFields extends BaseChatModelParams {
  /** Disposing of it is the caller's. */
  model: CausalLM | Seq2SeqLM;
  /** Options of core's `generate` and `chat` for all calls; those of a call override them. */
  options?: Omit<ChatOptions, 'signal' | 'tools' | 'documents' | 'template' | 'numReturnSequences'>;
  /** The name in results and traces. Default: the type of the model, for example `llama`. */
  modelName?: string;
}

/** Options of core. */
const { signal: _, numReturnSequences: __, ...GENERATE_NAMES } = GENERATE_OPTIONS;
const NAMES = {
  ...GENERATE_NAMES,
  chatTemplate: 'string',
  variables: 'object',
  maxTemplateSteps: 'numeric',
  maxTemplateLength: 'numeric',
} as const;

const FIELDS = {
  model: true,
  options: 'object',
  modelName: 'string',
  cache: true,
  callbackManager: true,
  callbacks: true,
  disableStreaming: 'boolean',
  maxConcurrency: true,
  maxRetries: true,
  metadata: 'object',
  onFailedAttempt: 'function',
  outputVersion: true,
  tags: 'list',
  verbose: 'boolean',
} satisfies OptionNames<ChatHeadwiseFields>;

/**
 * A loaded decoder or encoder–decoder as a chat model of LangChain.js.
 *
 * ```ts
 * const chat = new ChatHeadwise({ model: await loadCausalLM(id), options: { maxNewTokens: 100 } });
 * const answer = await chat.invoke('How are you?');
 * ```
 *
 * Messages are formatted with the model's chat template or the option `chatTemplate`. A model without one continues the text of a single human message;
 * for an encoder–decoder that is the source. `stop` ends the text at a string.
 *
 * `bindTools` is for models whose chat template has the variable `tools`. Their calls are read from the text, as Hermes, Qwen, Llama 3.1 and Mistral write
 * them. The model decides whether it calls one: `tool_choice` is `auto`, `none` or the name of the only one that it is told of.
 *
 * Throws `ConfigError` for unknown fields and options. Calls reject as the model's `chat` and `generate` do, and with `ConfigError` for tools where the template
 * takes none, and for messages that are not texts.
 */
export class ChatHeadwise extends BaseChatModel<ChatHeadwiseCallOptions, AIMessageChunk> {
  readonly modelName: string;
  readonly #model: CausalLM | Seq2SeqLM;
  readonly #options: ChatOptions;

  constructor(fields: ChatHeadwiseFields) {
    checkFields(fields);
    const { model, options = {}, modelName = model.config.modelType, ...params } = fields;
    super(params);
    this.modelName = modelName;
    this.#model = model;
    this.#options = options;
    // The base class has the property, and leaves it to others to set it.
    this.disableStreaming = params.disableStreaming ?? false;
  }

  static override lc_name(): string {
    return 'ChatHeadwise';
  }

  override _llmType(): string {
    return 'headwise';
  }

  /** What answers depend on: LangChain's caches of answers compare it. */
  override _identifyingParams(): Record<string, unknown> {
    return { modelName: this.modelName, ...this.#options };
  }

  /** What a trace says of a call. */
  override invocationParams(options: Partial<this['ParsedCallOptions']> = {}): Record<string, unknown> {
    const { stop } = options;
    return { ...this.#options, ...coreOptions(options), ...(stop && { stop }) };
  }

  override getLsParams(options: this['ParsedCallOptions']): LangSmithParams {
    const { temperature, maxNewTokens }: ChatOptions = { ...this.#options, ...coreOptions(options) };
    return {
      ls_provider: 'headwise',
      ls_model_name: this.modelName,
      ls_model_type: 'chat',
      ...(temperature !== undefined && { ls_temperature: temperature }),
      ...(maxNewTokens !== undefined && { ls_max_tokens: maxNewTokens }),
      ...(options.stop && { ls_stop: options.stop }),
    };
  }

  /** Tokens of a text by the model's own tokenizer, without special ones. */
  override async getNumTokens(content: MessageContent): Promise<number> {
    return this.#model.tokenizer.encode(textOf({ content }), { addSpecialTokens: false }).ids.length;
  }

  override _combineLLMOutput(...outputs: LLMResult['llmOutput'][]): LLMResult['llmOutput'] {
    const usages = outputs.map((output) => output?.tokenUsage as TokenUsage);
    const sum = (name: keyof TokenUsage) => usages.reduce((total, usage) => total + usage[name], 0);
    return {
      tokenUsage: {
        promptTokens: sum('promptTokens'),
        completionTokens: sum('completionTokens'),
        totalTokens: sum('totalTokens'),
      },
    };
  }

  override bindTools(
    tools: BindToolsInput[],
    options: Partial<ChatHeadwiseCallOptions> = {},
  ): Runnable<BaseLanguageModelInput, AIMessageChunk, ChatHeadwiseCallOptions> {
    return this.withConfig({
      tools: tools.map((tool) => convertToOpenAITool(tool) as FunctionTool),
      ...options,
    });
  }

  override async _generate(
    messages: BaseMessage[],
    options: this['ParsedCallOptions'],
    runManager?: CallbackManagerForLLMRun,
  ): Promise<ChatResult> {
    const { conversation, tools } = this.#open(messages, options);
    const generation = await conversation.generate();
    const { text, calls } = tools ? readToolCalls(generation, tools) : { text: generation.text, calls: [] };
    await runManager?.handleLLMNewToken(text);
    const usage = usageOf(generation);
    const message = new AIMessage<StandardMessageStructure>({
      content: text,
      ...(calls.length > 0 && { tool_calls: toolCallsOf(calls) }),
      usage_metadata: usage,
      response_metadata: this.#metadataOf(generation),
    });
    const tokenUsage = {
      promptTokens: usage.input_tokens,
      completionTokens: usage.output_tokens,
      totalTokens: usage.total_tokens,
    };
    return {
      generations: [{ text, message, generationInfo: { finish_reason: generation.finishReason } }],
      llmOutput: { tokenUsage },
    };
  }

  override async *_streamResponseChunks(
    messages: BaseMessage[],
    options: this['ParsedCallOptions'],
    runManager?: CallbackManagerForLLMRun,
  ): AsyncGenerator<ChatGenerationChunk> {
    const { conversation, tools } = this.#open(messages, options);
    const reader = tools && new ToolCallReader(tools);
    const pieces = conversation.stream();
    let calls = 0;
    try {
      for (;;) {
        const { done, value } = await pieces.next();
        const parts = done ? (reader?.end() ?? []) : (reader?.push(value) ?? [value.text]);
        for (const part of parts) {
          if (part === '') continue;
          const text = typeof part === 'string' ? part : '';
          const message = new AIMessageChunk<StandardMessageStructure>(
            typeof part === 'string'
              ? { content: part }
              : { content: '', tool_call_chunks: [chunkOf(part, calls++)] },
          );
          const chunk = new ChatGenerationChunk({ text, message });
          yield chunk;
          await runManager?.handleLLMNewToken(text, undefined, undefined, undefined, undefined, { chunk });
        }
        if (!done) continue;
        const message = new AIMessageChunk<StandardMessageStructure>({
          content: '',
          usage_metadata: usageOf(value),
          response_metadata: this.#metadataOf(value),
        });
        yield new ChatGenerationChunk({
          text: '',
          message,
          generationInfo: { finish_reason: value.finishReason },
        });
        return;
      }
    } finally {
      await pieces.return(undefined as never);
    }
  }

  /** Throws `ConfigError` for messages and options that are refused. */
  #open(
    messages: readonly BaseMessage[],
    { stop = [], signal, tool_choice: choice, tools: bound, ...call }: this['ParsedCallOptions'],
  ): { readonly conversation: Conversation; readonly tools: readonly string[] | undefined } {
    const options: ChatOptions = { ...this.#options, ...coreOptions(call) };
    const stopStrings = [...(options.stopStrings ?? []), ...stop];
    const tools = toldTools(bound, choice);
    if (tools && !takesTools(this.#model, options.chatTemplate)) {
      throw new ConfigError(
        'ChatHeadwise: the chat template of this model has no variable tools; describe them in the messages instead',
      );
    }
    const conversation = openConversation('messages', this.#model, messages.map(messageOf), {
      ...options,
      ...(stopStrings.length > 0 && { stopStrings }),
      ...(tools && { tools }),
      signal,
    });
    return { conversation, tools: tools?.map((tool) => tool.function.name) };
  }

  #metadataOf({ finishReason }: Generation): Record<string, unknown> {
    return { finish_reason: finishReason, model_name: this.modelName, model_provider: 'headwise' };
  }
}

interface TokenUsage {
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly totalTokens: number;
}

/** Throws `ConfigError` for fields and options that do not exist, and for what is not a loaded model. */
function checkFields(fields: ChatHeadwiseFields): void {
  const option = Object.keys(Object(fields)).find((name) => Object.hasOwn(NAMES, name));
  if (option !== undefined)
    throw new ConfigError(
      `ChatHeadwise: ${option} belongs into the field options: { options: { ${option} } }`,
    );
  requireOptions('ChatHeadwise', fields, FIELDS);
  requireModel('ChatHeadwise', fields.model, 'causalLM', 'seq2seqLM');
  checkOptions('ChatHeadwise', fields.options, NAMES);
}

/** The options of a call that are core's: LangChain adds some of its own. */
function coreOptions(call: object): ChatOptions {
  return Object.fromEntries(Object.entries(call).filter(([name]) => Object.hasOwn(NAMES, name)));
}

function usageOf({ promptIds, ids, cachedTokens }: Generation): UsageMetadata {
  return {
    input_tokens: promptIds.length,
    output_tokens: ids.length,
    total_tokens: promptIds.length + ids.length,
    input_token_details: { cache_read: cachedTokens },
  };
}
