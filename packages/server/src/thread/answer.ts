import { randomUUID } from 'node:crypto';
import type { GeneratedPiece, Generation } from '@headwise/core';
import { type AnswerPart, ToolCallReader } from '@headwise/core/internal';
import type { ChatPrompt, EndOfText, FinishedText, GenerateWork, Piece } from '../protocol.ts';

/** What a text says: the text itself and, where the model is told of tools, its calls of them. */
type Said = Pick<Piece, 'text' | 'calls'>;

/** Reads the pieces of one text. */
export class Answer {
  readonly #reader: ToolCallReader | undefined;
  #calls = 0;

  constructor(prompt: GenerateWork['prompt']) {
    const { tools = [] } = 'messages' in prompt ? prompt : ({} as Partial<ChatPrompt>);
    if (tools.length > 0) this.#reader = new ToolCallReader(tools.map((tool) => tool.function.name));
  }

  push(piece: Pick<GeneratedPiece, 'text' | 'tokens'>): Said[] {
    return this.#reader ? this.#said(this.#reader.push(piece)) : [{ text: piece.text }];
  }

  end(): Said[] {
    return this.#said(this.#reader?.end() ?? []);
  }

  /** How the text ended, once it has. */
  reasonOf({ finishReason }: Generation): EndOfText {
    if (finishReason !== 'stop') return 'length';
    return this.#calls > 0 ? 'tool_calls' : 'stop';
  }

  #said(parts: readonly AnswerPart[]): Said[] {
    return parts.map((part) =>
      typeof part === 'string'
        ? { text: part }
        : { text: '', calls: [{ index: this.#calls++, id: `call_${randomUUID()}`, ...part }] },
    );
  }
}

/** A whole text. */
export function answerOf(
  prompt: GenerateWork['prompt'],
  generation: Generation,
): Pick<FinishedText, 'text' | 'calls' | 'finishReason'> {
  const answer = new Answer(prompt);
  const said = [...answer.push(generation), ...answer.end()];
  const calls = said.flatMap(({ calls = [] }) => calls);
  return {
    text: said.map(({ text }) => text).join(''),
    ...(calls.length > 0 && { calls }),
    finishReason: answer.reasonOf(generation),
  };
}
