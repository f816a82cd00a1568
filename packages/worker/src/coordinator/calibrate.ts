import type { TokenBatch } from '@headwise/core';
import type { MeasuredTimes } from './cost-model.ts';

/** Computes one text in each way; resolves when that is done. */
export interface Ways {
  heads(text: TokenBatch): Promise<unknown>;
  alone(text: TokenBatch): Promise<unknown>;
  together(text: TokenBatch): Promise<unknown>;
}

/** Lengths that are measured, while there is time: what is longer is foretold well from these. */
const LENGTHS = [2, 8, 32, 128];
/** Milliseconds that measuring may take, about; the two shortest lengths are measured in any case. */
const BUDGET_MS = 500;
const TURNS = 5;
/** Runs before, in which the engine compiles the kernel to its fastest code. */
const WARM_UP = { tokens: 8, turns: 4 };

const KINDS = ['heads', 'alone', 'together'] as const;

/**
 * Measures how long texts of some lengths take in each way, on this machine as it is now. The ways take turns, so that a change of the
 * machine's pace hits all alike, and the median counts.
 */
export async function calibrate(ways: Ways, longest: number, signal?: AbortSignal): Promise<MeasuredTimes[]> {
  for (let turn = 0; turn < WARM_UP.turns; turn++)
    for (const kind of KINDS) await ways[kind](textOf(Math.min(WARM_UP.tokens, longest)));
  const begun = performance.now();
  const left = () => BUDGET_MS - (performance.now() - begun);

  const measured: MeasuredTimes[] = [];
  for (const tokens of LENGTHS) {
    const before = measured.at(-1);
    if (tokens > longest && before) break;
    if (before && measured.length >= 2) {
      const turn = ((before.heads + before.alone + before.together) * tokens) / before.tokens;
      if (turn * 2 > left()) break;
    }
    measured.push(await measure(ways, Math.min(tokens, longest), left, signal));
  }
  return measured;
}

async function measure(
  ways: Ways,
  tokens: number,
  left: () => number,
  signal: AbortSignal | undefined,
): Promise<MeasuredTimes> {
  const text = textOf(tokens);
  const times = { heads: [] as number[], alone: [] as number[], together: [] as number[] };
  for (let turn = 0; turn < TURNS && (turn === 0 || left() > 0); turn++) {
    for (const kind of KINDS) {
      signal?.throwIfAborted();
      const start = performance.now();
      await ways[kind](text);
      times[kind].push(performance.now() - start);
    }
  }
  const { heads, alone, together } = times;
  return { tokens, heads: median(heads), alone: median(alone), together: median(together) };
}

/** A text of so many tokens; which ones makes no difference. */
function textOf(tokens: number): TokenBatch {
  const ids = new Int32Array(tokens);
  return { ids, typeIds: new Int32Array(tokens), offsets: Int32Array.of(0, tokens) };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}
