import { ConfigError } from '@headwise/core';
import type { ToolCall, ToolDefinition } from '@headwise/core/internal';
import type { ToolCallChunk, ToolCall as ToolCallOfMessage } from '@langchain/core/messages';

/** A tool in OpenAI's form. */
export type FunctionTool = ToolDefinition;

/** The tools that a model is told of: those that are bound, or the one that `tool_choice` names. Undefined for none. Throws `ConfigError` for other choices. */
export function toldTools(
  bound: readonly FunctionTool[] | undefined,
  choice: unknown,
): readonly FunctionTool[] | undefined {
  if (!bound || bound.length === 0 || choice === 'none') return undefined;
  if (choice === undefined || choice === 'auto') return bound;
  const name = typeof choice === 'string' ? choice : nameIn(choice);
  const told = bound.filter((tool) => tool.function.name === name);
  if (told.length > 0) return told;
  throw new ConfigError(
    `ChatHeadwise: tool_choice must be auto, none or the name of a tool, since the model decides whether it calls one; got ${JSON.stringify(choice)}`,
  );
}

/** The name in OpenAI's form of a choice. */
function nameIn(choice: unknown): unknown {
  const { function: named } = Object(choice) as { function?: { name?: unknown } };
  return named?.name;
}

export const toolCallsOf = (calls: readonly ToolCall[]): ToolCallOfMessage[] =>
  calls.map(({ name, arguments: json }) => ({
    type: 'tool_call',
    id: crypto.randomUUID(),
    name,
    args: JSON.parse(json),
  }));

export const chunkOf = ({ name, arguments: args }: ToolCall, index: number): ToolCallChunk => ({
  type: 'tool_call_chunk',
  id: crypto.randomUUID(),
  name,
  args,
  index,
});
