import { WorkerError } from '../errors.ts';
import type { ShardSpan, SpanPart } from '../protocol.ts';

const PARTS: ReadonlySet<unknown> = new Set<SpanPart>([
  'embeddings',
  'attention',
  'crossAttention',
  'feedForward',
  'block',
  'output',
  'exchange',
]);

/** Throws `WorkerError` (`invalid-message`) unless a worker's report has the form of spans. */
export function checkSpans(spans: unknown): asserts spans is readonly ShardSpan[] {
  if (Array.isArray(spans) && spans.every(isSpan)) return;
  throw new WorkerError('invalid-message', 'it reported spans of unexpected form');
}

function isSpan(value: unknown): boolean {
  const { layer, part, start, end } = (value ?? {}) as Readonly<Record<keyof ShardSpan, unknown>>;
  if (layer !== undefined && !Number.isSafeInteger(layer)) return false;
  return PARTS.has(part) && Number.isFinite(start) && Number.isFinite(end);
}
