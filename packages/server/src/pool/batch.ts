import type { TextOrIds } from '../protocol.ts';
import type { Job } from './job.ts';

/** Texts and characters that are computed together: some forward passes, so that no request waits long for the others of its batch. */
const MAX_TEXTS = 64;
const MAX_CHARACTERS = 16_384;
/** Characters that count for a token id. */
const CHARACTERS_PER_TOKEN = 4;

/**
 * Takes the next requests out of a queue: one, or requests for embeddings up to the limits, whose texts a thread computes together. A request that a thread
 * died of is computed alone, so that it takes no other with it.
 */
export function takeBatch(queue: Job[]): Job[] {
  const first = queue.shift();
  if (!first) return [];
  if (first.work.kind !== 'embed' || first.deaths > 0) return [first];
  const { dimensions } = first.work;
  const batch = [first];
  let size = sizeOf(first.work.inputs);
  for (let next = queue[0]; next; next = queue[0]) {
    if (next.work.kind !== 'embed' || next.deaths > 0 || next.work.dimensions !== dimensions) break;
    const more = sizeOf(next.work.inputs);
    size = { texts: size.texts + more.texts, characters: size.characters + more.characters };
    if (!fitsBatch(size)) break;
    batch.push(queue.shift()!);
  }
  return batch;
}

interface BatchSize {
  readonly texts: number;
  readonly characters: number;
}

/** Whether texts of this size are computed together. */
export function fitsBatch({ texts, characters }: BatchSize): boolean {
  return texts <= MAX_TEXTS && characters <= MAX_CHARACTERS;
}

export function sizeOf(inputs: readonly TextOrIds[]): BatchSize {
  const characters = inputs.reduce(
    (sum, input) => sum + input.length * (typeof input === 'string' ? 1 : CHARACTERS_PER_TOKEN),
    0,
  );
  return { texts: inputs.length, characters };
}
