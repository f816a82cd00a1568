import { ConfigError } from '../errors.ts';
import type { GeneratedPiece, Generation } from '../generate/result.ts';
import { type ChatMessage, ChatTemplate } from '../text/chat-template.ts';
import type { CausalLM, ChatOptions } from './causal-lm/causal-lm.ts';
import type { Seq2SeqLM } from './seq2seq-lm/seq2seq-lm.ts';

/** The answer to messages, at once or in pieces. */
export interface Conversation {
  generate(): Promise<Generation>;
  stream(): AsyncGenerator<GeneratedPiece, Generation, void>;
}

/** Whether a model can be told of tools: by its chat template, or by the one that replaces it. */
export function takesTools(model: CausalLM | Seq2SeqLM, chatTemplate?: string): boolean {
  if (model.kind !== 'causalLM') return false;
  const template = chatTemplate === undefined ? model.chatTemplate : ChatTemplate.fromSource(chatTemplate);
  return template?.takesTools ?? false;
}

/**
 * How other libraries' messages are answered by any model that generates texts: with its chat template, or the one of the options. A model without one
 * continues the text of a single user message; for an encoder–decoder that is the source.
 *
 * Throws `ConfigError` for other messages to a model without a template.
 */
export function openConversation(
  task: string,
  model: CausalLM | Seq2SeqLM,
  messages: readonly ChatMessage[],
  {
    chatTemplate,
    variables,
    tools,
    ...options
  }: Omit<ChatOptions, 'signal'> & { signal?: AbortSignal | undefined },
): Conversation {
  const { signal, ...rest } = options;
  const call = { ...rest, ...(signal && { signal }) };
  if (model.kind === 'causalLM' && (chatTemplate !== undefined || model.chatTemplate)) {
    const chat = {
      ...call,
      ...(chatTemplate !== undefined && { chatTemplate }),
      ...(variables !== undefined && { variables }),
      ...(tools !== undefined && { tools }),
    };
    return { generate: () => model.chat(messages, chat), stream: () => model.streamChat(messages, chat) };
  }
  const [message] = messages;
  if (messages.length !== 1 || message?.role !== 'user' || typeof message.content !== 'string') {
    const roles = messages.map(({ role }) => role).join(', ') || 'none';
    throw new ConfigError(
      model.kind === 'causalLM'
        ? `${task}: the model's files have no chat template, so it continues the text of one user message; got messages of ${roles}. Pass the template as the option chatTemplate`
        : `${task}: an encoder–decoder has no conversations; it takes one user message, the source; got messages of ${roles}`,
    );
  }
  const { content } = message;
  return { generate: () => model.generate(content, call), stream: () => model.stream(content, call) };
}
