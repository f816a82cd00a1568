import type { LanguageModelV4StreamPart, LanguageModelV4ToolCall } from '@ai-sdk/provider';
import type { GeneratedPiece } from '@headwise/core';
import { type AnswerPart, type ToolCall, ToolCallReader } from '@headwise/core/internal';

/** A call as a part of the result, under an id of its own. */
export const toolCallOf = ({ name, arguments: input }: ToolCall): LanguageModelV4ToolCall => ({
  type: 'tool-call',
  toolCallId: crypto.randomUUID(),
  toolName: name,
  input,
});

/** The parts of a stream that the pieces of an answer become: texts, each with its beginning and end, and calls of tools. */
export class Answer {
  readonly #reader: ToolCallReader | undefined;
  /** Id of the text that is open. */
  #open: string | undefined;
  #count = 0;
  #hasCalls = false;

  /** @param tools names of the tools that the model is told of */
  constructor(tools: readonly string[]) {
    this.#reader = tools.length > 0 ? new ToolCallReader(tools) : undefined;
  }

  get hasCalls(): boolean {
    return this.#hasCalls;
  }

  *push(piece: GeneratedPiece): Generator<LanguageModelV4StreamPart> {
    for (const part of this.#reader ? this.#reader.push(piece) : [piece.text]) yield* this.#write(part);
  }

  *end(): Generator<LanguageModelV4StreamPart> {
    for (const part of this.#reader?.end() ?? []) yield* this.#write(part);
    yield* this.#close();
  }

  *#write(part: AnswerPart): Generator<LanguageModelV4StreamPart> {
    if (part === '') return;
    if (typeof part === 'string') {
      if (this.#open === undefined) {
        this.#open = String(this.#count++);
        yield { type: 'text-start', id: this.#open };
      }
      yield { type: 'text-delta', id: this.#open, delta: part };
      return;
    }
    yield* this.#close();
    this.#hasCalls = true;
    const call = toolCallOf(part);
    const { toolCallId: id, toolName, input } = call;
    yield { type: 'tool-input-start', id, toolName };
    yield { type: 'tool-input-delta', id, delta: input };
    yield { type: 'tool-input-end', id };
    yield call;
  }

  *#close(): Generator<LanguageModelV4StreamPart> {
    if (this.#open !== undefined) yield { type: 'text-end', id: this.#open };
    this.#open = undefined;
  }
}
