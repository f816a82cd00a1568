import { randomUUID } from 'node:crypto';
import type { FinishedText, GenerateResult, GenerateWork, Piece } from '../protocol.ts';
import type { Call, Served } from './endpoint.ts';
import { eventStream } from './event-stream.ts';
import { usageOf } from './usage.ts';

/** How an endpoint writes texts: those of `/v1/completions` and of `/v1/chat/completions` differ. */
export interface TextFormat {
  /** Beginning of the response's id. */
  readonly prefix: string;
  readonly object: string;
  readonly chunkObject: string;
  /** A whole text. */
  choice(text: FinishedText): object;
  /** The choice of a chunk that comes before the first piece of a text; undefined for none. */
  opening?(index: number): object;
  /** The choice of a chunk. */
  chunk(piece: Piece): object;
}

/** Generates and answers, at once or in server-sent events. */
export async function textResponse(
  { signal, onUsage }: Pick<Call, 'signal' | 'onUsage'>,
  { pool }: Served,
  model: string,
  work: GenerateWork,
  format: TextFormat,
  includeUsage: boolean,
): Promise<Response> {
  const head = { id: `${format.prefix}-${randomUUID()}`, created: Math.floor(Date.now() / 1000), model };
  const count = ({ promptTokens, completionTokens }: GenerateResult) =>
    onUsage(model, promptTokens, completionTokens);
  if (!work.stream) {
    const result = await pool.submit(work, { signal });
    count(result);
    return Response.json({
      ...head,
      object: format.object,
      choices: result.texts.map((text) => format.choice(text)),
      usage: usageOf(result),
    });
  }
  // With include_usage every chunk has the field.
  const chunk = (choices: readonly object[], usage: object | null = null) => ({
    ...head,
    object: format.chunkObject,
    choices,
    ...(includeUsage && { usage }),
  });
  const opened = new Set<number>();
  return eventStream(signal, async (send, streamSignal) => {
    const result = await pool.submit(work, {
      signal: streamSignal,
      onPiece(piece) {
        if (format.opening && !opened.has(piece.index)) {
          opened.add(piece.index);
          send(chunk([format.opening(piece.index)]));
        }
        send(chunk([format.chunk(piece)]));
      },
    });
    count(result);
    if (includeUsage) send(chunk([], usageOf(result)));
  });
}
