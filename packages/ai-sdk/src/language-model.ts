import type {
  LanguageModelV4,
  LanguageModelV4CallOptions,
  LanguageModelV4Content,
  LanguageModelV4FinishReason,
  LanguageModelV4StreamPart,
  LanguageModelV4Usage,
  SharedV4Warning,
} from '@ai-sdk/provider';
import {
  type CausalLM,
  type ChatOptions,
  type Generation,
  type Seq2SeqLM,
  toReadableStream,
} from '@headwise/core';
import {
  type Conversation,
  checkOptions,
  GENERATE_OPTIONS,
  openConversation,
  readToolCalls,
  requireModel,
  resolveSettings,
  takesTools,
} from '@headwise/core/internal';
import { Answer, toolCallOf } from './answer.ts';
import { generateOptionsOf, toolsOf, warningsOf } from './call-options.ts';
import { messagesOf } from './messages.ts';
import { PROVIDER } from './provider-options.ts';

/** Options of {@link languageModel}: what its calls are given, unless they or `providerOptions.headwise` say otherwise. */
export interface LanguageModelOptions
  extends Omit<ChatOptions, 'signal' | 'tools' | 'documents' | 'template' | 'numReturnSequences'> {
  /** The id in results and telemetry. Default: the type of the model, for example `llama`. */
  modelId?: string;
}

const { signal: _, numReturnSequences: __, ...NAMES } = GENERATE_OPTIONS;
const OWN_NAMES = {
  modelId: 'string',
  chatTemplate: 'string',
  variables: 'object',
  maxTemplateSteps: 'numeric',
  maxTemplateLength: 'numeric',
} as const;

/** A call of a model that begins when it is asked for its answer. */
interface OpenCall {
  readonly conversation: Conversation;
  readonly warnings: SharedV4Warning[];
  /** The names of the tools that the model is told of. */
  readonly tools: readonly string[];
}

/**
 * A loaded decoder or encoder–decoder as a language model of the AI SDK, for `generateText` and `streamText`.
 *
 * ```ts
 * const { text } = await generateText({ model: languageModel(await loadCausalLM(id)), prompt: 'Once upon a time' });
 * ```
 *
 * Messages are formatted with the model's chat template or the option `chatTemplate`. A model without one continues the text of `prompt`; for an
 * encoder–decoder that is the source. What a call does not set is as in the model's files, so that a call without `temperature` mostly is greedy search.
 * Options of core's `generate` for one call go into `providerOptions.headwise`. A model whose chat template has the variable `tools` is told of tools, and its
 * calls of them are read from its text, as Hermes, Qwen, Llama 3.1 and Mistral write them; for others tools are a warning of the result, as are JSON as the response's
 * format and reasoning for all. Disposing of the model is the caller's.
 *
 * Throws `ConfigError` for an unknown option, and for what is not a loaded model that generates. Calls reject as the model's `chat` and `generate` do, and with `ConfigError` for messages with files.
 */
export function languageModel(
  model: CausalLM | Seq2SeqLM,
  options: LanguageModelOptions = {},
): LanguageModelV4 {
  checkLanguageModelOptions(options);
  requireModel('languageModel', model, 'causalLM', 'seq2seqLM');
  const { modelId = model.config.modelType, ...defaults } = options;
  const open = (call: LanguageModelV4CallOptions): OpenCall => {
    const generate = generateOptionsOf(call, defaults, model.defaults);
    const tools = takesTools(model, generate.chatTemplate) ? toolsOf(call) : [];
    return {
      conversation: openConversation('prompt', model, messagesOf(call.prompt), {
        ...generate,
        ...(tools.length > 0 && { tools }),
      }),
      warnings: warningsOf(call, tools),
      tools: tools.map((tool) => tool.function.name),
    };
  };
  return {
    specificationVersion: 'v4',
    provider: PROVIDER,
    modelId,
    supportedUrls: {},
    async doGenerate(call) {
      const { conversation, warnings, tools } = open(call);
      const generation = await conversation.generate();
      const { text, calls } =
        tools.length > 0 ? readToolCalls(generation, tools) : { text: generation.text, calls: [] };
      const content: LanguageModelV4Content[] = calls.map(toolCallOf);
      if (text !== '' || calls.length === 0) content.unshift({ type: 'text', text });
      return {
        content,
        finishReason: finishReasonOf(generation, calls.length > 0),
        usage: usageOf(generation),
        warnings,
      };
    },
    async doStream(call) {
      return { stream: await streamOf(open(call)) };
    },
  };
}

/** Throws `ConfigError` for unknown options and invalid values, before the first call. */
function checkLanguageModelOptions(options: LanguageModelOptions): void {
  checkOptions('languageModel', options, NAMES, OWN_NAMES);
  // Whether the seed has a use is known with the call.
  const { seed: _, ...rest } = options;
  const generate = Object.fromEntries(Object.entries(rest).filter(([name]) => name in NAMES));
  resolveSettings('languageModel', generate, {}, Number.MAX_SAFE_INTEGER);
}

/** The stream of a generation. Rejects with what its options or its prompt are refused for. */
async function streamOf(call: OpenCall): Promise<ReadableStream<LanguageModelV4StreamPart>> {
  const parts = partsOf(call);
  // Begins the generation: a generator that has not begun would not end it when the stream is cancelled.
  let first: IteratorResult<LanguageModelV4StreamPart> | undefined = await parts.next();
  return toReadableStream({
    async next() {
      const part = first ?? (await parts.next());
      first = undefined;
      return part;
    },
    return: () => parts.return(),
  });
}

async function* partsOf({
  conversation,
  warnings,
  tools,
}: OpenCall): AsyncGenerator<LanguageModelV4StreamPart, void, void> {
  const pieces = conversation.stream();
  const answer = new Answer(tools);
  try {
    let piece = await pieces.next();
    yield { type: 'stream-start', warnings };
    for (; !piece.done; piece = await pieces.next()) yield* answer.push(piece.value);
    yield* answer.end();
    yield {
      type: 'finish',
      finishReason: finishReasonOf(piece.value, answer.hasCalls),
      usage: usageOf(piece.value),
    };
  } finally {
    await pieces.return(undefined as never);
  }
}

function finishReasonOf({ finishReason }: Generation, hasCalls: boolean): LanguageModelV4FinishReason {
  const unified = finishReason !== 'stop' ? 'length' : hasCalls ? 'tool-calls' : 'stop';
  return { unified, raw: finishReason };
}

function usageOf({ promptIds, cachedTokens, ids }: Generation): LanguageModelV4Usage {
  const { length: total } = promptIds;
  return {
    inputTokens: {
      total,
      noCache: total - cachedTokens,
      cacheRead: cachedTokens,
      cacheWrite: undefined,
    },
    outputTokens: { total: ids.length, text: ids.length, reasoning: undefined },
  };
}
