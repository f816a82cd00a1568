import type { ChatMessage } from '@headwise/core';
import type { ToolDefinition } from '@headwise/core/internal';
import { RequestError } from '../errors.ts';
import type { CallOfTool, ScoredToken } from '../protocol.ts';
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
  const tools = toolsOf(request);
  if (tools.length > 0 && !served.pool.model.takesTools) {
    throw new RequestError(400, `${request.model} takes no tools: its chat template has no variable tools`, {
      apiCode: 'model_not_supported',
      param: 'tools',
    });
  }
  const messages = request.messages.map(messageOf);
  const work = {
    kind: 'generate',
    prompt: { messages, ...(tools.length > 0 && { tools }) },
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

/** The tools that the model is told of. */
function toolsOf({ tools = [], tool_choice: choice }: ChatRequest): ToolDefinition[] {
  const refuse = (message: string) => {
    throw new RequestError(400, `tool_choice: ${message}`, {
      apiCode: 'invalid_value',
      param: 'tool_choice',
    });
  };
  if (choice !== undefined && tools.length === 0) refuse('this field needs tools');
  if (choice === 'none') return [];
  const name = typeof choice === 'object' ? choice.function.name : undefined;
  const told = name === undefined ? tools : tools.filter((tool) => tool.function.name === name);
  if (tools.length > 0 && told.length === 0) refuse(`no tool is named ${name}`);
  return told.map(({ function: { name, description, parameters } }) => ({
    type: 'function',
    function: { name, ...(description !== undefined && { description }), ...(parameters && { parameters }) },
  }));
}

/** A message for the template. Parts are joined: most templates know texts alone. `developer` is OpenAI's newer name of `system`. */
function messageOf(message: ChatRequest['messages'][number], index: number): ChatMessage {
  const { role, content, annotations: _, ...others } = message;
  const text = typeof content === 'string' ? content : (content ?? []).map(({ text }) => text).join('');
  if (!('tool_calls' in others))
    return { ...others, role: role === 'developer' ? 'system' : role, content: text };
  const { tool_calls: calls, ...more } = others;
  return {
    ...more,
    role,
    content: text,
    tool_calls: calls.map((call, i) => ({
      ...call,
      // Templates write them as JSON themselves.
      function: { ...call.function, arguments: argumentsOf(call.function.arguments, index, i) },
    })),
  };
}

function argumentsOf(json: string, message: number, call: number): unknown {
  try {
    return JSON.parse(json);
  } catch {
    const param = `messages.${message}.tool_calls.${call}.function.arguments`;
    throw new RequestError(400, `${param}: expected JSON`, { apiCode: 'invalid_value', param });
  }
}

const FORMAT: TextFormat = {
  prefix: 'chatcmpl',
  object: 'chat.completion',
  chunkObject: 'chat.completion.chunk',
  choice: ({ index, text, calls, tokens, finishReason }) => ({
    index,
    message: {
      role: 'assistant',
      content: calls && text === '' ? null : text,
      refusal: null,
      ...(calls && { tool_calls: calls.map(({ index: _, ...call }) => callOf(call)) }),
    },
    logprobs: logprobsOf(tokens),
    finish_reason: finishReason,
  }),
  opening: (index) => ({
    index,
    delta: { role: 'assistant', content: '' },
    logprobs: null,
    finish_reason: null,
  }),
  chunk: ({ index, text, calls, tokens, finishReason }) => ({
    index,
    delta: calls
      ? { tool_calls: calls.map(({ index, ...call }) => ({ index, ...callOf(call) })) }
      : finishReason === undefined
        ? { content: text }
        : {},
    logprobs: logprobsOf(tokens),
    finish_reason: finishReason ?? null,
  }),
};

const callOf = ({ id, name, arguments: json }: Omit<CallOfTool, 'index'>) => ({
  id,
  type: 'function',
  function: { name, arguments: json },
});

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
