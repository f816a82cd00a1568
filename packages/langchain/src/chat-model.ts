import {
  type CausalLM,
  type ChatOptions,
  ConfigError,
  type Generation,
  type Seq2SeqLM,
} from '@headwise/core';
import {
  type Conversation,
  GENERATE_OPTIONS,
  openConversation,
  readToolCalls,
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
} from '@langchain/core/language_models/chat_models';
import {
  AIMessage,
  AIMessageChunk,
  type BaseMessage,
  type StandardMessageStructure,
  type UsageMetadata,
} from '@langchain/core/messages';
import { ChatGenerationChunk, type ChatResult } from '@langchain/core/outputs';
import type { Runnable } from '@langchain/core/runnables';
import { convertToOpenAITool } from '@langchain/core/utils/function_calling';
import { messageOf } from './messages.ts';
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

/** The options of a call that are core's: LangChain adds some of its own. */
const NAMES = new Set([
  ...Object.keys(GENERATE_OPTIONS),
  'chatTemplate',
  'variables',
  'maxTemplateSteps',
  'maxTemplateLength',
]);

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
 * Calls reject as the model's `chat` and `generate` do, and with `ConfigError` for unknown names among the field `options`, for tools where the template takes
 * none, and for messages that are not texts.
 */
export class ChatHeadwise extends BaseChatModel<ChatHeadwiseCallOptions, AIMessageChunk> {
  readonly modelName: string;
  readonly #model: CausalLM | Seq2SeqLM;
  readonly #options: ChatOptions;

  constructor({ model, options = {}, modelName = model.config.modelType, ...params }: ChatHeadwiseFields) {
    super(params);
    this.modelName = modelName;
    this.#model = model;
    this.#options = options;
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
        yield new ChatGenerationChunk({ text: '', message });
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
    const own = Object.fromEntries(Object.entries(call).filter(([name]) => NAMES.has(name)));
    const options: ChatOptions = { ...this.#options, ...own };
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

function usageOf({ promptIds, ids, cachedTokens }: Generation): UsageMetadata {
  return {
    input_tokens: promptIds.length,
    output_tokens: ids.length,
    total_tokens: promptIds.length + ids.length,
    input_token_details: { cache_read: cachedTokens },
  };
}
