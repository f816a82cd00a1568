import type { LanguageModelV4CallOptions, SharedV4Warning } from '@ai-sdk/provider';
import type { ChatOptions, GenerateOptions, GenerationDefaults } from '@headwise/core';
import { countPenalties, type ToolDefinition } from '@headwise/core/internal';
import { ownOptions } from './provider-options.ts';

/** Options that decide whether tokens are sampled. */
const SAMPLING = ['doSample', 'temperature', 'topK', 'topP', 'minP'] as const;

/** Core's options of a call. Options that the call does not have come from `defaults`, then from the model's files. */
export function generateOptionsOf(
  call: LanguageModelV4CallOptions,
  { stopStrings: ownStops = [], logitsProcessors = [], ...defaults }: ChatOptions,
  ofFiles: GenerationDefaults,
): ChatOptions {
  const { presencePenalty = 0, frequencyPenalty = 0, seed, stopSequences = [] } = call;
  const stopStrings = [...ownStops, ...stopSequences];
  const penalties =
    presencePenalty === 0 && frequencyPenalty === 0
      ? []
      : [countPenalties(presencePenalty, frequencyPenalty)];
  const given: { readonly [Name in keyof GenerateOptions]: GenerateOptions[Name] | undefined } = {
    maxNewTokens: call.maxOutputTokens,
    temperature: call.temperature,
    topP: call.topP,
    topK: call.topK,
    // Any whole number is a seed there.
    seed: seed === undefined ? undefined : seed >>> 0,
    stopStrings: stopStrings.length > 0 ? stopStrings : undefined,
    logitsProcessors: [...logitsProcessors, ...penalties],
    signal: call.abortSignal,
  };
  const options: ChatOptions = {
    ...defaults,
    // Undefined values are dropped, so that they do not count as given.
    ...(Object.fromEntries(
      Object.entries(given).filter(([, value]) => value !== undefined),
    ) as GenerateOptions),
    ...ownOptions(call.providerOptions),
  };
  // Callers of the library give a seed to every model. Core refuses one that has no use.
  const isChosen = SAMPLING.some((name) => options[name] !== undefined);
  if (!isChosen && !(ofFiles.doSample && ofFiles.temperature !== 0)) delete options.seed;
  return options;
}

/** What a call asks for that these models do not do. `tools` are those that the model is told of. */
export function warningsOf(
  { tools: asked = [], toolChoice, responseFormat, reasoning }: LanguageModelV4CallOptions,
  tools: readonly ToolDefinition[],
): SharedV4Warning[] {
  const warnings: SharedV4Warning[] = [];
  const unsupported = (feature: string, details: string) =>
    warnings.push({ type: 'unsupported', feature, details });
  const isOffered = asked.length > 0 && toolChoice?.type !== 'none';
  if (isOffered && asked.some(({ type }) => type !== 'function'))
    unsupported('provider tools', 'the model calls tools of the app alone');
  if (isOffered && tools.length === 0)
    unsupported(
      'tools',
      'the chat template of the model has no variable tools, so that it is not told of them',
    );
  if (tools.length > 0 && (toolChoice?.type === 'required' || toolChoice?.type === 'tool'))
    unsupported(
      'toolChoice',
      'the model decides whether it calls a tool; it is told of those alone that it may call',
    );
  if (responseFormat?.type === 'json')
    unsupported('responseFormat', 'the text is not restricted to JSON; ask for it in the prompt');
  if (reasoning !== undefined && reasoning !== 'provider-default')
    unsupported(
      'reasoning',
      'the option variables sets what the chat template knows, such as enable_thinking',
    );
  return warnings;
}

/** The tools of a call that the model is told of: none if it may call none, one if it has to call that one. */
export function toolsOf({ tools = [], toolChoice }: LanguageModelV4CallOptions): ToolDefinition[] {
  if (toolChoice?.type === 'none') return [];
  return tools.flatMap((tool) => {
    if (tool.type !== 'function' || (toolChoice?.type === 'tool' && toolChoice.toolName !== tool.name))
      return [];
    const { name, description, inputSchema: parameters } = tool;
    const definition = { name, ...(description !== undefined && { description }), parameters };
    return [{ type: 'function', function: definition } as const];
  });
}
