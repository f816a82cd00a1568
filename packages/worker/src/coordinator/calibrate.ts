import type { TokenBatch } from '@headwise/core';
import type { MeasuredTimes } from './cost-model.ts';

/** Computes one text in each way; resolves when that is done. */
export interface Ways {
  heads(text: TokenBatch): Promise<unknown>;
  alone(text: TokenBatch): Promise<unknown>;
  together(text: TokenBatch): Promise<unknown>;
}

type Kind = keyof Ways;
const KINDS: readonly Kind[] = ['heads', 'alone', 'together'];

/** Lengths that are measured, while there is time: what is longer is foretold well from these. The first two are in any case. */
const LENGTHS = [2, 8, 32, 128];
const AT_LEAST = 2;
/** Milliseconds in which engines compile the kernel to its fastest code, in the background. */
const WARM_UP_MS = 400;
/** Milliseconds that measuring may take, about. */
const BUDGET_MS = 1000;
const TURNS = 8;
/**
 * Runs in a row, as many as it takes to fill these milliseconds: at first caches hold what the other ways have left there, and the system
 * may have put all threads on one core.
 */
const IN_A_ROW = 3;
const ROW_MS = 40;

/**
 * Measures how long texts of some lengths take in each way. The ways and lengths take turns, and of each the shortest time counts: what the
 * machine can do if nothing else keeps it busy.
 */
export async function calibrate(ways: Ways, longest: number, signal?: AbortSignal): Promise<MeasuredTimes[]> {
  const time = async (kind: Kind, tokens: number) => {
    signal?.throwIfAborted();
    const start = performance.now();
    await ways[kind](textOf(tokens));
    return performance.now() - start;
  };
  for (const end = performance.now() + WARM_UP_MS; performance.now() < end; )
    for (const kind of KINDS) await time(kind, Math.min(LENGTHS[1]!, longest));

  const measured: MeasuredTimes[] = [];
  const end = performance.now() + BUDGET_MS;
  for (let turn = 0; turn < TURNS; turn++) {
    for (const [i, tokens] of LENGTHS.entries()) {
      if (tokens > longest && i > 0) break;
      const before = measured[i] ?? longer(measured[i - 1], tokens);
      const needed = before ? IN_A_ROW * (before.heads + before.alone + before.together) + ROW_MS : 0;
      if ((turn > 0 || i >= AT_LEAST) && performance.now() + needed > end) break;
      const times = { tokens: Math.min(tokens, longest), heads: 0, alone: 0, together: 0 };
      for (const kind of KINDS) {
        times[kind] = measured[i]?.[kind] ?? Number.POSITIVE_INFINITY;
        for (let run = 0, spent = 0; run < IN_A_ROW || spent < ROW_MS; run++) {
          const taken = await time(kind, times.tokens);
          spent += taken;
          times[kind] = Math.min(times[kind], taken);
        }
      }
      measured[i] = times;
    }
  }
  return measured;
}

/** What a longer text may take. */
function longer(times: MeasuredTimes | undefined, tokens: number): MeasuredTimes | undefined {
  if (!times) return undefined;
  const factor = tokens / times.tokens;
  const { heads, alone, together } = times;
  return { tokens, heads: heads * factor, alone: alone * factor, together: together * factor };
}

/** A text of so many tokens; which ones makes no difference. */
function textOf(tokens: number): TokenBatch {
  const ids = new Int32Array(tokens);
  return { ids, typeIds: new Int32Array(tokens), offsets: Int32Array.of(0, tokens) };
}
