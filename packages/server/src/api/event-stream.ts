import { RequestError } from '../errors.ts';

/** Bytes that a client may be behind before it counts as gone: texts are short, and a thread does not wait for a client. */
const MAX_BEHIND = 4 * 2 ** 20;

/**
 * A response of server-sent events with JSON, which ends with `[DONE]`. It begins with the first event: an error before that rejects, and is answered with
 * its own status. A later one is an event with the field `error`, as OpenAI sends them.
 *
 * The signal that `produce` gets is aborted when the client goes.
 */
export async function eventStream(
  requestSignal: AbortSignal,
  produce: (send: (event: object) => void, signal: AbortSignal) => Promise<void>,
): Promise<Response> {
  const gone = new AbortController();
  const signal = AbortSignal.any([requestSignal, gone.signal]);
  const encoder = new TextEncoder();
  let controller!: ReadableStreamDefaultController<Uint8Array>;
  const stream = new ReadableStream<Uint8Array>(
    {
      start(own) {
        controller = own;
      },
      cancel(reason) {
        gone.abort(reason);
      },
    },
    { highWaterMark: MAX_BEHIND, size: (chunk) => chunk?.byteLength ?? 0 },
  );
  const write = (data: string) => {
    if (signal.aborted) return;
    if ((controller.desiredSize ?? 0) <= 0) {
      const error = new RequestError(408, 'the client reads too slowly');
      controller.error(error);
      gone.abort(error);
      return;
    }
    controller.enqueue(encoder.encode(`data: ${data}\n\n`));
  };
  return new Promise((resolve, reject) => {
    let isOpen = false;
    const open = () => {
      if (isOpen) return;
      isOpen = true;
      resolve(
        new Response(stream, {
          headers: {
            'content-type': 'text/event-stream; charset=utf-8',
            'cache-control': 'no-cache, no-transform',
            // For nginx, which would collect events.
            'x-accel-buffering': 'no',
          },
        }),
      );
    };
    const send = (event: object) => {
      write(JSON.stringify(event));
      open();
    };
    const end = () => {
      if (!signal.aborted) controller.close();
    };
    produce(send, signal).then(
      () => {
        write('[DONE]');
        open();
        end();
      },
      (error: unknown) => {
        if (!isOpen) return reject(error);
        const shown = error instanceof RequestError ? error : new RequestError(500, 'internal error');
        write(JSON.stringify(shown));
        end();
      },
    );
  });
}
