import { type FileVersion, fileVersion } from './rows.ts';

/** What has come of a file of weights that core downloads. It is looked at on its way to core: nothing is requested twice. */
export class ArrivingWeights {
  #bytes: Uint8Array | undefined;
  #size = 0;
  #version: FileVersion | undefined;
  #hasEnded = false;
  #waiting: Array<() => void> = [];

  /** The version of the file, of which other requests may ask for parts. */
  get version(): FileVersion | undefined {
    return this.#version;
  }

  /** The response, whose bytes are kept as they are read. */
  observe(response: Response): Response {
    const size = Number(response.headers.get('content-length'));
    // A download that begins again, goes on after a break, or has no size that is known is not looked at: core then has the whole file first.
    if (response.status !== 200 || !(size > 0) || response.body === null || this.#bytes) {
      if (response.status !== 304) this.end();
      return response;
    }
    this.#version = fileVersion(response, size);
    const bytes = new Uint8Array(size);
    this.#bytes = bytes;
    const keep = new TransformStream<Uint8Array, Uint8Array>({
      transform: (chunk, controller) => {
        bytes.set(chunk.subarray(0, size - this.#size), this.#size);
        this.#size += chunk.byteLength;
        this.#wake();
        controller.enqueue(chunk);
      },
      flush: () => this.end(),
    });
    return new Response(response.body.pipeThrough(keep), response);
  }

  /** Nothing more will come. */
  end(): void {
    this.#hasEnded = true;
    this.#wake();
  }

  /** The file when its first `size` bytes are there; the others are zeros until they come. Undefined if they do not. */
  async first(size: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
    while (this.#size < size) {
      if (this.#hasEnded) return undefined;
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
    }
    return this.#bytes as Uint8Array<ArrayBuffer>;
  }

  /** Whether the first `size` bytes are there. */
  has(size: number): boolean {
    return this.#size >= size;
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resume of waiting) resume();
  }
}
