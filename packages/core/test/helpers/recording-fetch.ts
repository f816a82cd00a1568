type Content = string | Uint8Array;

/** A request of {@link recordingFetch}. */
export interface SeenRequest {
  readonly name: string;
  readonly method: string;
  /** 1 and the largest depth of the requests that were answered before it was sent. */
  readonly depth: number;
  /** Bytes of the body that were read. */
  read: number;
  isCancelled: boolean;
}

/**
 * A server of `files` at any address, and what it was asked for. Bodies are sent in parts of 1 KB, as they are read, with or without their size; ranges are
 * ignored.
 */
export function recordingFetch(
  files: Readonly<Record<string, Content>>,
  { announcesSize = true }: { announcesSize?: boolean } = {},
): { requests: SeenRequest[]; fetch: typeof fetch } {
  const requests: SeenRequest[] = [];
  let answered = 0;
  const serve = async (input: URL | RequestInfo, init?: RequestInit): Promise<Response> => {
    const { pathname } = new URL(String(input));
    const name = pathname.replace(/^\/m\//, '');
    const seen: SeenRequest = {
      name,
      method: init?.method ?? 'GET',
      depth: answered + 1,
      read: 0,
      isCancelled: false,
    };
    requests.push(seen);
    init?.signal?.addEventListener('abort', () => {
      seen.isCancelled = true;
    });
    // Everything that is sent without waiting for an answer is sent before the first one.
    await new Promise((resolve) => setTimeout(resolve, 5));
    init?.signal?.throwIfAborted();
    answered = Math.max(answered, seen.depth);
    const content = Object.hasOwn(files, name) ? files[name] : undefined;
    if (content === undefined) return new Response(null, { status: 404 });
    const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
    const headers: Record<string, string> = announcesSize ? { 'content-length': `${bytes.length}` } : {};
    if (seen.method === 'HEAD') return new Response(null, { headers });
    const body = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          const part = bytes.slice(seen.read, seen.read + 1024);
          if (part.length > 0) controller.enqueue(part);
          else controller.close();
          seen.read += part.length;
        },
        cancel() {
          seen.isCancelled = true;
        },
      },
      { highWaterMark: 0 },
    );
    return new Response(body, { headers });
  };
  return { requests, fetch: serve as typeof fetch };
}
