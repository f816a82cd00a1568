import type {
  LanguageModelV4,
  LanguageModelV4CallOptions,
  LanguageModelV4FinishReason,
  LanguageModelV4StreamPart,
  LanguageModelV4Usage,
  SharedV4Warning,
} from '@ai-sdk/provider';
import {
  type CausalLM,
  type ChatOptions,
  type GeneratedPiece,
  type Generation,
  type Seq2SeqLM,
  toReadableStream,
} from '@headwise/core';
import { checkOptions, GENERATE_OPTIONS, openConversation, resolveSettings } from '@headwise/core/internal';
import { generateOptionsOf, warningsOf } from './call-options.ts';
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

/** The only text of an answer. */
const TEXT_ID = '0';

/**
 * A loaded decoder or encoder–decoder as a language model of the AI SDK, for `generateText` and `streamText`.
 *
 * ```ts
 * const { text } = await generateText({ model: languageModel(await loadCausalLM(id)), prompt: 'Once upon a time' });
 * ```
 *
 * Messages are formatted with the model's chat template or the option `chatTemplate`. A model without one continues the text of `prompt`; for an
 * encoder–decoder that is the source. What a call does not set is as in the model's files, so that a call without `temperature` mostly is greedy search.
 * Options of core's `generate` for one call go into `providerOptions.headwise`. Tools, JSON as the response's format and reasoning are not supported: they
 * are warnings of the result. Disposing of the model is the caller's.
 *
 * Throws `ConfigError` for an unknown option. Calls reject as the model's `chat` and `generate` do, and with `ConfigError` for messages with files.
 */
export function languageModel(
  model: CausalLM | Seq2SeqLM,
  options: LanguageModelOptions = {},
): LanguageModelV4 {
  checkLanguageModelOptions(options);
  const { modelId = model.config.modelType, ...defaults } = options;
  const open = (call: LanguageModelV4CallOptions) =>
    openConversation(
      'prompt',
      model,
      messagesOf(call.prompt),
      generateOptionsOf(call, defaults, model.defaults),
    );
  return {
    specificationVersion: 'v4',
    provider: PROVIDER,
    modelId,
    supportedUrls: {},
    async doGenerate(call) {
      const generation = await open(call).generate();
      return {
        content: [{ type: 'text', text: generation.text }],
        finishReason: finishReasonOf(generation),
        usage: usageOf(generation),
        warnings: warningsOf(call),
      };
    },
    async doStream(call) {
      return { stream: await streamOf(open(call).stream(), warningsOf(call)) };
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
async function streamOf(
  pieces: AsyncGenerator<GeneratedPiece, Generation, void>,
  warnings: SharedV4Warning[],
): Promise<ReadableStream<LanguageModelV4StreamPart>> {
  const parts = partsOf(pieces, warnings);
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

async function* partsOf(
  pieces: AsyncGenerator<GeneratedPiece, Generation, void>,
  warnings: SharedV4Warning[],
): AsyncGenerator<LanguageModelV4StreamPart, void, void> {
  try {
    let piece = await pieces.next();
    yield { type: 'stream-start', warnings };
    yield { type: 'text-start', id: TEXT_ID };
    for (; !piece.done; piece = await pieces.next()) {
      const { text } = piece.value;
      if (text !== '') yield { type: 'text-delta', id: TEXT_ID, delta: text };
    }
    yield { type: 'text-end', id: TEXT_ID };
    yield { type: 'finish', finishReason: finishReasonOf(piece.value), usage: usageOf(piece.value) };
  } finally {
    await pieces.return(undefined as never);
  }
}

function finishReasonOf({ finishReason }: Generation): LanguageModelV4FinishReason {
  return { unified: finishReason === 'stop' ? 'stop' : 'length', raw: finishReason };
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
