import type { ChatMessage } from '@headwise/core';
import { RequestError } from '../errors.ts';
import type { ScoredToken } from '../protocol.ts';
import { checkStreamOptions, choicesOf } from './choices.ts';
import type { Call } from './endpoint.ts';
import { ChatRequest, read } from './schema.ts';
import { type TextFormat, textResponse } from './text-response.ts';

/** `POST /v1/chat/completions`. */
export async function chatCompletions(call: Call): Promise<Response> {
  const request = read(ChatRequest, call.body);
  checkStreamOptions(request);
  const served = call.service.find(request.model, 'generator');
  if (!served.pool.model.canChat) {
    throw new RequestError(
      400,
      `${request.model} has no chat template; ask /v1/completions, or serve it with the option chatTemplate`,
      { apiCode: 'model_not_supported', param: 'model' },
    );
  }
  const { top_logprobs, logprobs = false } = request;
  if (top_logprobs !== undefined && !logprobs) {
    throw new RequestError(400, 'top_logprobs: this field needs logprobs: true', {
      apiCode: 'invalid_value',
      param: 'top_logprobs',
    });
  }
  const work = {
    kind: 'generate',
    prompt: { messages: request.messages.map(messageOf) },
    n: request.n ?? 1,
    choices: choicesOf(request, {
      maxNewTokens: request.max_completion_tokens ?? request.max_tokens,
      topLogProbs: logprobs ? (top_logprobs ?? 0) : undefined,
    }),
    stream: request.stream ?? false,
  } as const;
  const includeUsage = request.stream_options?.include_usage ?? false;
  return textResponse(call, served, request.model, work, FORMAT, includeUsage);
}

/** A message for the template. Parts are joined: most templates know texts alone. `developer` is OpenAI's newer name of `system`. */
function messageOf({ role, content, ...others }: ChatRequest['messages'][number]): ChatMessage {
  return {
    role: role === 'developer' ? 'system' : role,
    content: typeof content === 'string' ? content : content.map(({ text }) => text).join(''),
    ...others,
  };
}

const FORMAT: TextFormat = {
  prefix: 'chatcmpl',
  object: 'chat.completion',
  chunkObject: 'chat.completion.chunk',
  choice: ({ index, text, tokens, finishReason }) => ({
    index,
    message: { role: 'assistant', content: text, refusal: null },
    logprobs: logprobsOf(tokens),
    finish_reason: finishReason,
  }),
  opening: (index) => ({
    index,
    delta: { role: 'assistant', content: '' },
    logprobs: null,
    finish_reason: null,
  }),
  chunk: ({ index, text, tokens, finishReason }) => ({
    index,
    delta: finishReason === undefined ? { content: text } : {},
    logprobs: logprobsOf(tokens),
    finish_reason: finishReason ?? null,
  }),
};

function logprobsOf(tokens: readonly ScoredToken[] | undefined) {
  if (!tokens) return null;
  const plain = ({ token, text, logProbability }: Omit<ScoredToken, 'top'>) => ({
    token: text || token,
    logprob: logProbability,
    bytes: text === '' ? null : [...new TextEncoder().encode(text)],
  });
  return {
    content: tokens.map((token) => ({ ...plain(token), top_logprobs: token.top.map(plain) })),
    refusal: null,
  };
}
