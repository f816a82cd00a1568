import { type ChatMessage, ConfigError } from '@headwise/core';
import {
  AIMessage,
  type BaseMessage,
  ChatMessage as RoleMessage,
  ToolMessage,
} from '@langchain/core/messages';

/** Names of roles in chat templates that differ from LangChain's. */
const ROLES: Readonly<Record<string, string>> = { human: 'user', ai: 'assistant' };

/**
 * A message as chat templates read it: its text, and calls of tools with their results, which an earlier model may have made. Throws `ConfigError` for
 * content that is not text.
 */
export function messageOf(message: BaseMessage): ChatMessage {
  const type = message.getType();
  const role = RoleMessage.isInstance(message) ? message.role : (ROLES[type] ?? type);
  const content = textOf(message);
  if (ToolMessage.isInstance(message)) {
    const { tool_call_id, name } = message;
    return { role, content, tool_call_id, ...(name !== undefined && { name }) };
  }
  const calls = AIMessage.isInstance(message) ? (message.tool_calls ?? []) : [];
  if (calls.length === 0) return { role, content };
  return {
    role,
    content,
    tool_calls: calls.map(({ id, name, args }) => ({
      id,
      type: 'function',
      function: { name, arguments: args },
    })),
  };
}

/** Throws `ConfigError` for content that is not text. */
export function textOf({ content }: Pick<BaseMessage, 'content'>): string {
  if (typeof content === 'string') return content;
  const texts = content.map((block) => {
    if (block.type === 'text') return String(block.text);
    throw new ConfigError(
      `messages: this model reads texts alone, got content of type ${String(block.type)}`,
    );
  });
  return texts.join('');
}
