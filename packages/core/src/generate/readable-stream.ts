import { ConfigError } from '../errors.ts';
import { describeValue } from '../options.ts';
import type { GeneratedPiece } from './result.ts';

/**
 * What `stream` or `streamChat` yields, as a web stream. Cancelling it ends the generation; an error of the generation becomes the stream's.
 *
 * ```ts
 * const reader = toReadableStream(model.stream('Once upon a time')).getReader();
 * ```
 */
export function toReadableStream<T>(pieces: AsyncIterator<T, unknown, void>): ReadableStream<T> {
  if (typeof pieces?.next !== 'function')
    throw new ConfigError(`toReadableStream: needs an asynchronous iterator, got ${describeValue(pieces)}`);
  return new ReadableStream<T>(
    {
      async pull(controller) {
        const { done, value } = await pieces.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      async cancel() {
        await pieces.return?.();
      },
    },
    // Nothing is computed before it is read.
    { highWaterMark: 0 },
  );
}

/**
 * The text of what `stream` or `streamChat` yields, in UTF-8: the body of a `Response`. Cancelling it ends the generation.
 *
 * ```ts
 * return new Response(toTextStream(model.stream(prompt)), { headers: { 'content-type': 'text/plain; charset=utf-8' } });
 * ```
 */
export function toTextStream(
  pieces: AsyncIterator<GeneratedPiece, unknown, void>,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const encoder = new TextEncoder();
  return toReadableStream<GeneratedPiece>(pieces).pipeThrough(
    new TransformStream<GeneratedPiece, Uint8Array<ArrayBuffer>>({
      transform({ text }, controller) {
        // A body may have no empty chunk.
        if (text !== '') controller.enqueue(encoder.encode(text));
      },
    }),
  );
}
