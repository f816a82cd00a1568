import type { Pair, SequenceData } from '../data/split.ts';
import type { TaskTokenizer } from './tokenizers.ts';

/** Pairs with the tokenizer for sources and targets. */
export interface SequenceTask extends TaskTokenizer {
  readonly name: string;
  readonly data: SequenceData;
}

/** A pair as token ids, each side with `</s>` at its end. */
export interface SequenceExample {
  readonly ids: Int32Array;
  readonly labels: Int32Array;
}

export function encodePairs(task: SequenceTask, pairs: readonly Pair[]): SequenceExample[] {
  const ids = (text: string) => Int32Array.from(task.tokenizer.encode(text).ids);
  return pairs.map(({ source, target }) => ({ ids: ids(source), labels: ids(target) }));
}
