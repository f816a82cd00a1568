import { draw, type Sampling } from '../../lib/sampling.ts';
import type { JobContext, ModelStore } from '../job.ts';
import type { Writer } from './generate-read.ts';

export interface WriteParams {
  readonly model: Writer;
  /** All tokens before the first one to write: those of the prompt, and those written after it. */
  readonly ids: readonly number[];
  /** How many of them were written. The token at place i after the prompt is drawn with the i-th random number of the seed. */
  readonly written: number;
  /** Number of tokens after the prompt at which to stop. */
  readonly until: number;
  readonly sampling: Sampling;
  /** Tokens that somebody chose instead of the drawn ones, by place after the prompt. */
  readonly chosen: ReadonlyMap<number, number>;
}

/** What a step sends. */
export interface WrittenStep {
  /** The token that was written; undefined in the first step, which only computes the logits after `ids`. */
  readonly id: number | undefined;
  /** Logits of the next token, `[vocabSize]`; undefined after the end of the text. */
  readonly logits: Float32Array | undefined;
}

/** Why it stopped: at an end token, after `until` tokens, or at the end of the model's context. */
export type WriteEnd = 'end' | 'length' | 'context';

export interface WriteResult {
  readonly reason: WriteEnd;
  /** Tokens of this run, and its time: forward passes, drawing and sending. */
  readonly tokens: number;
  readonly milliseconds: number;
}

/** Writes tokens one by one. Each gives the logits of the next, so that the page can compute what other settings would do. */
export async function run(
  store: ModelStore,
  { model: id, ids, written, until, sampling, chosen }: WriteParams,
  { signal, progress, breathe }: JobContext<WrittenStep>,
): Promise<WriteResult> {
  const model = await store.load(id);
  const all = [...ids];
  // The engine keeps the keys and values of the last call: a call with one more token computes that token alone.
  let logits = await model.nextLogits(Int32Array.from(all), { signal });
  progress({ id: undefined, logits });
  const started = performance.now();
  const finish = (reason: WriteEnd, tokens: number): WriteResult => ({
    reason,
    tokens,
    milliseconds: performance.now() - started,
  });
  for (let place = written; place < until; place++) {
    if (all.length >= model.contextLength) return finish('context', place - written);
    const next = chosen.get(place) ?? draw(logits, sampling, place);
    if (model.eosTokenIds.includes(next)) {
      progress({ id: next, logits: undefined });
      return finish('end', place + 1 - written);
    }
    all.push(next);
    logits = await model.nextLogits(Int32Array.from(all), { signal });
    progress({ id: next, logits });
    await breathe();
  }
  return finish('length', until - written);
}
