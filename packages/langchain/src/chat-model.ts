import {
  type CausalLM,
  type ChatOptions,
  ConfigError,
  type Generation,
  type Seq2SeqLM,
} from '@headwise/core';
import { type Conversation, GENERATE_OPTIONS, openConversation } from '@headwise/core/internal';
import type { CallbackManagerForLLMRun } from '@langchain/core/callbacks/manager';
import {
  BaseChatModel,
  type BaseChatModelCallOptions,
  type BaseChatModelParams,
} from '@langchain/core/language_models/chat_models';
import {
  AIMessage,
  AIMessageChunk,
  type BaseMessage,
  type StandardMessageStructure,
  type UsageMetadata,
} from '@langchain/core/messages';
import { ChatGenerationChunk, type ChatResult } from '@langchain/core/outputs';
import { messageOf } from './messages.ts';

/** Options of one call: LangChain's, and those of core's `generate` and `chat`. */
export interface ChatHeadwiseCallOptions
  extends BaseChatModelCallOptions,
    Omit<ChatOptions, 'signal' | 'tools' | 'documents' | 'template' | 'numReturnSequences'> {}

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
 * for an encoder–decoder that is the source. `stop` ends the text at a string. Tools cannot be bound.
 *
 * Calls reject as the model's `chat` and `generate` do, and with `ConfigError` for unknown names among the field `options`, for tools, and for messages that
 * are not texts.
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

  override async _generate(
    messages: BaseMessage[],
    options: this['ParsedCallOptions'],
    runManager?: CallbackManagerForLLMRun,
  ): Promise<ChatResult> {
    const generation = await this.#open(messages, options).generate();
    const { text } = generation;
    await runManager?.handleLLMNewToken(text);
    const usage = usageOf(generation);
    const message = new AIMessage<StandardMessageStructure>({
      content: text,
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
    const pieces = this.#open(messages, options).stream();
    try {
      for (;;) {
        const { done, value } = await pieces.next();
        const text = done ? '' : value.text;
        if (!done && text === '') continue;
        const message = new AIMessageChunk<StandardMessageStructure>({
          content: text,
          ...(done && { usage_metadata: usageOf(value), response_metadata: this.#metadataOf(value) }),
        });
        const chunk = new ChatGenerationChunk({ text, message });
        yield chunk;
        if (done) return;
        await runManager?.handleLLMNewToken(text, undefined, undefined, undefined, undefined, { chunk });
      }
    } finally {
      await pieces.return(undefined as never);
    }
  }

  /** Throws `ConfigError` for messages and options that are refused. */
  #open(
    messages: readonly BaseMessage[],
    { stop = [], signal, tool_choice, ...call }: this['ParsedCallOptions'],
  ): Conversation {
    if (tool_choice !== undefined || 'tools' in call)
      throw new ConfigError(
        'ChatHeadwise: these models call no tools; describe them in the messages instead',
      );
    const own = Object.fromEntries(Object.entries(call).filter(([name]) => NAMES.has(name)));
    const options: ChatOptions = { ...this.#options, ...own };
    const stopStrings = [...(options.stopStrings ?? []), ...stop];
    return openConversation('messages', this.#model, messages.map(messageOf), {
      ...options,
      ...(stopStrings.length > 0 && { stopStrings }),
      signal,
    });
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
