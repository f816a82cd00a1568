import type { DecodeCallOptions } from '../../engine/decoder-engine.ts';
import { decoderOptions } from '../../generate/scheduler/encode-sources.ts';
import { chunkBatch } from '../../generate/scheduler/prefill.ts';
import type { CachedSession } from '../../generate/scheduler/session-cache.ts';
import type { Activation } from '../../hooks/hooks.ts';
import type { Tokenizer } from '../../text/tokenizer.ts';
import type { TranscriptWord } from '../result.ts';
import type { AlignmentHead, SpeechTokens } from '../speech-tokens.ts';
import { medianFilter } from './median-filter.ts';
import { TIMESTAMP_SECONDS } from './segments.ts';
import { warpingPath } from './time-warping.ts';
import { logSumExp } from './token-rules.ts';
import { splitWords } from './word-boundaries.ts';

/** Width of the median filter over time, in positions of 20 ms. */
const FILTER_WIDTH = 7;

interface AlignmentRequest {
  /** The start token, the language and the task. */
  readonly beginning: readonly number[];
  /** Text tokens of the window's segments. */
  readonly segments: readonly (readonly number[])[];
  readonly tokenizer: Tokenizer;
  readonly tokens: SpeechTokens;
  readonly language: string;
  /** Of the window, in seconds. */
  readonly duration: number;
  readonly call: DecodeCallOptions;
}

/**
 * The words of a window's segments with their times in the window: the text is read once more, and the cross-attention of the heads that follow the
 * sound is aligned with it by dynamic time warping, as in `timing.py` of https://github.com/openai/whisper.
 */
export async function alignWords(
  { session, yielder }: CachedSession,
  { beginning, segments, tokenizer, tokens, language, duration, call }: AlignmentRequest,
): Promise<readonly (readonly TranscriptWord[])[]> {
  const text = segments.flat();
  const first = beginning.length;
  const ids = Int32Array.from([...beginning, tokens.noTimestamps, ...text, tokens.end]);
  const layers = [...new Set(tokens.alignmentHeads.map(({ layer }) => layer))];
  const options = decoderOptions(call);
  await yielder.yieldToEventLoop(call.signal);
  // Rows from the last token before the text on, which predict it.
  const rows = Int32Array.from(text, (_, i) => first + i);
  const { logits, recorded } = await session.decode(chunkBatch(ids, 0), {
    ...options,
    rows,
    record: layers.map((layer) => `decoder.blocks.${layer}.crossAttention.weights`),
  });
  const width = logits.shape[1]!;
  const probabilities = text.map((id, i) => {
    const row = logits.data.subarray(i * width, i * width + tokens.end);
    return Math.exp(row[id]! - logSumExp(row));
  });
  const keys = recorded.get(`decoder.blocks.${layers[0]}.crossAttention.weights`)!.shape.at(-1)!;
  const positions = Math.min(keys, Math.ceil(duration / TIMESTAMP_SECONDS));
  const heads = tokens.alignmentHeads.map((head) => weightsOf(recorded, head, ids.length, positions));
  const cost = costs(heads, first, first + text.length + 1, ids.length, positions);
  const starts = firstPositions(warpingPath(cost, text.length + 1, positions), text.length + 1);
  let at = 0;
  return segments.map((segment) =>
    splitWords(tokenizer, segment, language).map((word) => {
      const from = at;
      at += word.ids.length;
      const mean = probabilities.slice(from, at).reduce((sum, p) => sum + p, 0) / word.ids.length;
      return {
        text: word.text,
        start: starts[from]! * TIMESTAMP_SECONDS,
        end: starts[at]! * TIMESTAMP_SECONDS,
        probability: mean,
      };
    }),
  );
}

/** A head's weights on the positions that sound, `[queries, positions]`, each row with the sum 1. */
function weightsOf(
  recorded: ReadonlyMap<string, Activation>,
  { layer, head }: AlignmentHead,
  queries: number,
  positions: number,
): Float64Array {
  const { data, shape } = recorded.get(`decoder.blocks.${layer}.crossAttention.weights`)!;
  const keys = shape.at(-1)!;
  const weights = new Float64Array(queries * positions);
  for (let query = 0; query < queries; query++) {
    const row = data.subarray((head * queries + query) * keys, (head * queries + query) * keys + positions);
    let sum = 0;
    for (const weight of row) sum += weight;
    for (let i = 0; i < positions; i++) weights[query * positions + i] = row[i]! / (sum || 1);
  }
  return weights;
}

/**
 * −1 times the mean over heads of the weights, standardised over the queries and filtered over time: `[to − from, positions]`, of the queries `from` to
 * `to`.
 */
function costs(
  heads: readonly Float64Array[],
  from: number,
  to: number,
  queries: number,
  positions: number,
): Float64Array {
  const cost = new Float64Array((to - from) * positions);
  for (const weights of heads) {
    for (let i = 0; i < positions; i++) {
      let [sum, squares] = [0, 0];
      for (let query = 0; query < queries; query++) sum += weights[query * positions + i]!;
      const mean = sum / queries;
      for (let query = 0; query < queries; query++) squares += (weights[query * positions + i]! - mean) ** 2;
      const deviation = Math.sqrt(squares / queries) || 1;
      for (let query = 0; query < queries; query++) {
        const at = query * positions + i;
        weights[at] = (weights[at]! - mean) / deviation;
      }
    }
    for (let query = from; query < to; query++) {
      const row = medianFilter(weights.subarray(query * positions, (query + 1) * positions), FILTER_WIDTH);
      for (let i = 0; i < positions; i++) cost[(query - from) * positions + i]! -= row[i]! / heads.length;
    }
  }
  return cost;
}

/** The first position of each row of a path. */
function firstPositions(path: readonly (readonly [row: number, position: number])[], rows: number): number[] {
  const starts = new Array<number>(rows).fill(0);
  for (const [row, position] of path.toReversed()) starts[row] = position;
  return starts;
}
