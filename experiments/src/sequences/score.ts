import { bleu, editDistance } from '@headwise/core/metrics';
import type { Pair } from '../data/split.ts';
import type { SequenceModel } from './models.ts';
import type { SequenceTask } from './task.ts';

/** Scores of outputs against references. */
export interface Scores {
  readonly count: number;
  /** Fraction of outputs that are equal to their reference. */
  readonly exact: number;
  /** Edits per reference token: the phoneme error rate where tokens are phonemes. */
  readonly tokenErrorRate: number;
  /** 0 to 100, of tokens. */
  readonly bleu: number;
}

/** Scores of the outputs whose sources have `from` to `to` tokens. */
export interface LengthScores extends Scores {
  readonly from: number;
  readonly to: number;
}

export interface Output extends Pair {
  readonly output: string;
}

/** Decodes the sources of pairs. */
export async function outputsOf(model: SequenceModel, pairs: readonly Pair[]): Promise<Output[]> {
  const decoded = await model.decode(pairs.map(({ source }) => source));
  return pairs.map((pair, i) => ({ ...pair, output: decoded[i]!.text }));
}

export function scoresOf(task: SequenceTask, outputs: readonly Output[]): Scores {
  let [exact, edits, length] = [0, 0, 0];
  const tokens = (text: string) => task.tokenizer.encode(text).ids.slice(0, -1);
  const joined = (text: string) => tokens(text).join(' ');
  for (const { output, target } of outputs) {
    const reference = tokens(target);
    if (output === target) exact++;
    edits += editDistance(tokens(output), reference);
    length += reference.length;
  }
  const { score } = bleu(
    outputs.map(({ output }) => joined(output)),
    outputs.map(({ target }) => [joined(target)]),
    { tokenize: 'none' },
  );
  return {
    count: outputs.length,
    exact: exact / outputs.length,
    tokenErrorRate: edits / length,
    bleu: score,
  };
}

/** Scores by the number of source tokens, in bins of equal width. `</s>` is not counted. */
export function scoresByLength(
  task: SequenceTask,
  outputs: readonly Output[],
  width: number,
): LengthScores[] {
  const bins = new Map<number, Output[]>();
  for (const output of outputs) {
    const length = task.tokenizer.encode(output.source).ids.length - 1;
    const bin = Math.floor((length - 1) / width);
    bins.set(bin, [...(bins.get(bin) ?? []), output]);
  }
  return [...bins]
    .sort(([a], [b]) => a - b)
    .map(([bin, members]) => ({ from: bin * width + 1, to: (bin + 1) * width, ...scoresOf(task, members) }));
}
