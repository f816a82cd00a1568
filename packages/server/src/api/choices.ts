import { randomInt } from 'node:crypto';
import { RequestError } from '../errors.ts';
import type { GenerateChoices, TextOrIds } from '../protocol.ts';
import type { ChatRequest, CompletionsRequest } from './schema.ts';

/** Values of OpenAI's API that are left out where they are undefined. */
type Given<T> = { readonly [K in keyof T]: T[K] | undefined };

/** Core's options from those of a request, except for the names in which the two kinds of requests differ. */
export function choicesOf(
  request: CompletionsRequest | ChatRequest,
  { maxNewTokens, topLogProbs }: { maxNewTokens: number | undefined; topLogProbs: number | undefined },
): GenerateChoices {
  const { stop, seed } = request;
  const choices: Given<GenerateChoices> = {
    maxNewTokens,
    topLogProbs,
    temperature: request.temperature,
    topP: request.top_p,
    topK: request.top_k,
    minP: request.min_p,
    repetitionPenalty: request.repetition_penalty,
    presencePenalty: request.presence_penalty,
    frequencyPenalty: request.frequency_penalty,
    logitBias: request.logit_bias,
    stopStrings: typeof stop === 'string' ? [stop] : stop,
    seed: seed === undefined ? randomInt(2 ** 32) : ((seed % 2 ** 32) + 2 ** 32) % 2 ** 32,
  };
  // Undefined values are dropped, so that they do not count as given.
  return Object.fromEntries(
    Object.entries(choices).filter(([, value]) => value !== undefined),
  ) as unknown as GenerateChoices;
}

/** A field with texts or ids as a list of texts, each a string or ids. */
export function inputsOf(
  value: string | readonly string[] | readonly number[] | readonly number[][],
): TextOrIds[] {
  if (typeof value === 'string') return [value];
  return typeof value[0] === 'number' ? [value as readonly number[]] : [...(value as readonly TextOrIds[])];
}

/** Throws `RequestError` (400) for `stream_options` without `stream`, as OpenAI does. */
export function checkStreamOptions({ stream, stream_options }: CompletionsRequest | ChatRequest): void {
  if (stream_options === undefined || stream) return;
  throw new RequestError(400, 'stream_options: this field needs stream: true', {
    apiCode: 'invalid_value',
    param: 'stream_options',
  });
}
