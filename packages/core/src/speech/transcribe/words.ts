import type { DecodeCallOptions } from '../../engine/decoder-engine.ts';
import { decoderOptions } from '../../generate/scheduler/encode-sources.ts';
import { chunkBatch } from '../../generate/scheduler/prefill.ts';
import type { CachedSession } from '../../generate/scheduler/session-cache.ts';
import type { Activation } from '../../hooks/hooks.ts';
import type { Tokenizer } from '../../text/tokenizer.ts';
import { SAMPLE_RATE } from '../features/log-mel.ts';
import type { TranscriptWord } from '../result.ts';
import type { AlignmentHead, SpeechTokens } from '../speech-tokens.ts';
import { medianFilter } from './median-filter.ts';
import { findPauses, wordsBetween } from './pauses.ts';
import { TIMESTAMP_SECONDS } from './segments.ts';
import { warpingPath } from './time-warping.ts';
import { logSumExp } from './token-rules.ts';
import { splitWords } from './word-boundaries.ts';

/** Width of the median filter over time, in positions of 20 ms. */
const FILTER_WIDTH = 7;
/** All heads of the aligning layers together move on to a word one position before it begins: measured on sentences of espeak-ng with known times. */
const LEAD = 1;

interface AlignmentRequest {
  /** The start token, the language and the task. */
  readonly beginning: readonly number[];
  /** Text tokens of the window's segments. */
  readonly segments: readonly (readonly number[])[];
  readonly tokenizer: Tokenizer;
  readonly tokens: SpeechTokens;
  readonly language: string;
  /** Of the window, at 16 kHz. */
  readonly samples: Float32Array;
  readonly alignment: 'refined' | 'listed';
  readonly call: DecodeCallOptions;
}

/**
 * The words of a window's segments with their times in the window: the text is read once more, and the cross-attention of heads that follow the sound is
 * aligned with it by dynamic time warping, as in `timing.py` of https://github.com/openai/whisper.
 *
 * `listed` takes the heads of {@link SpeechTokens.alignmentHeads}, and a word ends where the next begins. `refined` takes all heads of their layers, each
 * weighted by how concentrated its attention is, and ends words at pauses of the sound.
 */
export async function alignWords(
  { session, yielder }: CachedSession,
  { beginning, segments, tokenizer, tokens, language, samples, alignment, call }: AlignmentRequest,
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
  const [, heads, , keys] = recorded.get(`decoder.blocks.${layers[0]}.crossAttention.weights`)!.shape as [
    number,
    number,
    number,
    number,
  ];
  const positions = Math.min(keys, Math.ceil(samples.length / SAMPLE_RATE / TIMESTAMP_SECONDS));
  const isRefined = alignment === 'refined';
  const aligned = isRefined
    ? layers.flatMap((layer) => Array.from({ length: heads }, (_, head) => ({ layer, head })))
    : tokens.alignmentHeads;
  const [from, to] = [first, first + text.length + 1];
  const cost = new Float64Array((to - from) * positions);
  for (const head of aligned) {
    const weights = weightsOf(recorded, head, ids.length, positions);
    const share = isRefined
      ? concentration(weights.subarray(from * positions, to * positions), positions)
      : 1;
    subtractHead(cost, weights, share, { from, to, queries: ids.length, positions });
  }
  const starts = firstPositions(warpingPath(cost, to - from, positions), to - from);
  const words = segments.map((segment) => splitWords(tokenizer, segment, language));
  const boundaries = [starts[0]!];
  let end = 0;
  for (const word of words.flat()) {
    end += word.ids.length;
    boundaries.push(Math.min(positions, starts[end]! + (isRefined ? LEAD : 0)));
  }
  const times = wordsBetween(
    boundaries.map((position) => position * TIMESTAMP_SECONDS),
    isRefined ? findPauses(samples) : [],
  ).values();
  let at = 0;
  return words.map((segment) =>
    segment.map(({ text, ids }) => {
      const own = probabilities.slice(at, at + ids.length);
      at += ids.length;
      const probability = own.reduce((sum, p) => sum + p, 0) / ids.length;
      return { text, ...times.next().value!, probability };
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

/** How much of the attention is on few positions: the mean norm of the rows of `weights[queries, positions]`, at most 1. */
function concentration(weights: Float64Array, positions: number): number {
  const queries = weights.length / positions;
  let sum = 0;
  for (let query = 0; query < queries; query++) {
    let squares = 0;
    for (let i = 0; i < positions; i++) squares += weights[query * positions + i]! ** 2;
    sum += Math.sqrt(squares);
  }
  return sum / queries;
}

interface Rows {
  /** Of the queries, those `from` to `to` are aligned. */
  readonly from: number;
  readonly to: number;
  readonly queries: number;
  readonly positions: number;
}

/**
 * Subtracts `share` times a head's weights from `cost[to − from, positions]`: standardised over the queries, filtered over time. Overwrites `weights`.
 */
function subtractHead(
  cost: Float64Array,
  weights: Float64Array,
  share: number,
  { from, to, queries, positions }: Rows,
): void {
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
    for (let i = 0; i < positions; i++) cost[(query - from) * positions + i]! -= share * row[i]!;
  }
}

/** The first position of each row of a path. */
function firstPositions(path: readonly (readonly [row: number, position: number])[], rows: number): number[] {
  const starts = new Array<number>(rows).fill(0);
  for (const [row, position] of path.toReversed()) starts[row] = position;
  return starts;
}
