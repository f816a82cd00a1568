import type { ShardSpan, SpanPart } from '../protocol.ts';

const POINT = /(?:^|\.)blocks\.(\d+)\.residual\.(before|between|middle|after)$/;

interface Segment {
  readonly start: number;
  readonly end: number;
  readonly exchange: boolean;
}

/** Milliseconds since 1970, with fractions. */
const now = () => performance.timeOrigin + performance.now();

/** Measures what a shard does in one pass. A pass asks for each of its activations by name whether it is watched, which tells how far it is. */
export class SpanClock {
  readonly #spans: ShardSpan[] = [];
  /** What was done since the last point that names a part. */
  #segments: Segment[] = [];
  #start = now();
  #layer: number | undefined;
  /** Halves of the block that have been named. */
  #halves = 0;

  /** To be called with the name of each activation when it has been computed. */
  watch(name: string): void {
    const match = POINT.exec(name);
    if (!match) return;
    const [, layer, point] = match;
    if (point === 'before') {
      if (this.#layer === undefined) this.#name(undefined, 'embeddings');
      this.#layer = Number(layer);
      this.#halves = 0;
      return;
    }
    this.#name(this.#layer, this.#partBefore(point!));
    this.#halves += 1;
  }

  /** Measures a sum over all shards. */
  async exchange<T>(sum: () => T | Promise<T>): Promise<T> {
    this.#close(false);
    const result = await sum();
    this.#close(true);
    return result;
  }

  /** The spans of the pass, which has ended. */
  end(): readonly ShardSpan[] {
    this.#name(undefined, 'output');
    return this.#spans;
  }

  #partBefore(point: string): SpanPart {
    if (point === 'after') return this.#halves === 0 ? 'block' : 'feedForward';
    return this.#halves === 0 ? 'attention' : 'crossAttention';
  }

  #close(exchange: boolean): void {
    const end = now();
    this.#segments.push({ start: this.#start, end, exchange });
    this.#start = end;
  }

  #name(layer: number | undefined, part: SpanPart): void {
    this.#close(false);
    for (const { start, end, exchange } of this.#segments)
      this.#spans.push({ layer, part: exchange ? 'exchange' : part, start, end });
    this.#segments = [];
  }
}
