import type { LanguageModelV4Message, LanguageModelV4Prompt } from '@ai-sdk/provider';
import { type ChatMessage, ConfigError } from '@headwise/core';

type Part = Exclude<LanguageModelV4Message['content'], string>[number];

/**
 * The messages of a prompt as chat templates read them: texts, and calls of tools with their results, which an earlier model may have made. Reasoning is
 * left out, as templates leave out that of earlier turns.
 *
 * Throws `ConfigError` for files and other content that is not text.
 */
export function messagesOf(prompt: LanguageModelV4Prompt): ChatMessage[] {
  return prompt.flatMap((message): ChatMessage[] => {
    if (message.role === 'tool') return message.content.map(toolMessage);
    if (message.role === 'assistant') return [assistantMessage(message.content)];
    const { role, content } = message;
    return [{ role, content: typeof content === 'string' ? content : textOf(content) }];
  });
}

function assistantMessage(parts: readonly Part[]): ChatMessage {
  const calls = parts.flatMap((part) => (part.type === 'tool-call' ? [part] : []));
  const texts = parts.filter(({ type }) => type !== 'tool-call' && type !== 'reasoning');
  const message = { role: 'assistant', content: textOf(texts) };
  if (calls.length === 0) return message;
  return {
    ...message,
    tool_calls: calls.map(({ toolCallId, toolName, input }) => ({
      id: toolCallId,
      type: 'function',
      function: { name: toolName, arguments: input },
    })),
  };
}

function toolMessage(part: Part): ChatMessage {
  if (part.type !== 'tool-result') return refuse(part);
  const { output } = part;
  const content =
    'value' in output && typeof output.value === 'string' ? output.value : JSON.stringify(output);
  return { role: 'tool', tool_call_id: part.toolCallId, name: part.toolName, content };
}

function textOf(parts: readonly Part[]): string {
  return parts.map((part) => (part.type === 'text' ? part.text : refuse(part))).join('');
}

function refuse(part: Part): never {
  const what = part.type === 'file' ? `a file (${part.mediaType})` : `a part of type ${part.type}`;
  throw new ConfigError(`prompt: this model reads texts alone, got ${what}`);
}
