import { RequestError } from '../errors.ts';
import type { Piece, ScoredToken } from '../protocol.ts';
import { checkStreamOptions, choicesOf, inputsOf } from './choices.ts';
import type { Call } from './endpoint.ts';
import { CompletionsRequest, read } from './schema.ts';
import { type TextFormat, textResponse } from './text-response.ts';

/** OpenAI's default, for completions alone. */
const DEFAULT_MAX_TOKENS = 16;
const MAX_CHOICES = 128;

/** `POST /v1/completions`. */
export async function completions(call: Call): Promise<Response> {
  const request = read(CompletionsRequest, call.body);
  checkStreamOptions(request);
  const served = call.service.find(request.model, 'generator');
  const prompt = inputsOf(request.prompt);
  const { n = 1, logprobs } = request;
  if (request.best_of !== undefined && request.best_of !== n) {
    throw new RequestError(400, `best_of: this service generates the n: ${n} texts that it returns alone`, {
      apiCode: 'invalid_value',
      param: 'best_of',
    });
  }
  if (prompt.length * n > MAX_CHOICES) {
    throw new RequestError(
      400,
      `prompt: ${prompt.length} prompts with n: ${n} are more than ${MAX_CHOICES} texts`,
      { apiCode: 'invalid_value', param: 'prompt' },
    );
  }
  const work = {
    kind: 'generate',
    prompt,
    n,
    choices: choicesOf(request, {
      maxNewTokens: request.max_tokens ?? DEFAULT_MAX_TOKENS,
      topLogProbs: logprobs,
    }),
    stream: request.stream ?? false,
  } as const;
  const includeUsage = request.stream_options?.include_usage ?? false;
  return textResponse(call, served, request.model, work, completionFormat(), includeUsage);
}

/** Of one response: offsets of tokens in a streamed text go on from piece to piece. */
function completionFormat(): TextFormat {
  const lengths = new Map<number, number>();
  const choice = ({ index, text, tokens, finishReason }: Piece) => {
    const from = lengths.get(index) ?? 0;
    lengths.set(index, from + text.length);
    return {
      index,
      text,
      logprobs: tokens ? logprobsOf(tokens, from) : null,
      finish_reason: finishReason ?? null,
    };
  };
  return {
    prefix: 'cmpl',
    object: 'text_completion',
    chunkObject: 'text_completion',
    choice,
    chunk: choice,
  };
}

function logprobsOf(tokens: readonly ScoredToken[], from: number) {
  let offset = from;
  return {
    tokens: tokens.map(nameOf),
    token_logprobs: tokens.map(({ logProbability }) => logProbability),
    top_logprobs: tokens.map(({ top }) =>
      Object.fromEntries(top.map((one) => [nameOf(one), one.logProbability])),
    ),
    text_offset: tokens.map(({ text }) => {
      const own = offset;
      offset += text.length;
      return own;
    }),
  };
}

/** A token's text, or its spelling if it adds none. */
function nameOf({ text, token }: Omit<ScoredToken, 'top'>): string {
  return text || token;
}
