import type { EncodeOutput } from '../../engine/encoder-engine.ts';
import type { EncodingWithOffsets } from '../../text/index.ts';
import { requireCount, requireText } from '../inputs.ts';
import type { RunOptions } from './batching.ts';
import type { EncoderModel } from './encoder-model.ts';
import { softmax } from './scores.ts';

export interface AnswerOptions extends RunOptions {
  /** How many answers to give. Default: 1. */
  topK?: number;
  /** Longest answer, in tokens. Default: 15. */
  maxAnswerLength?: number;
  /** Tokens by which the windows over a long context overlap. Default: 128, or half of what fits beside the question if that is less. */
  stride?: number;
}

/** A part of the context. */
export interface Answer {
  readonly text: string;
  /** Where it stands in the context. */
  readonly start: number;
  readonly end: number;
  /** The probability of its beginning times that of its end. */
  readonly score: number;
}

/**
 * Where a context answers a question, best first (Devlin et al. 2019, §4.2). A context that is too long for the model is read in
 * windows that overlap. An empty context has no answers.
 *
 * Needs the head `questionAnswering`. Throws `ConfigError` without it, and if the question leaves no room for a context.
 */
export async function answer(
  model: EncoderModel,
  question: string,
  context: string,
  options: AnswerOptions = {},
): Promise<Answer[]> {
  const { topK = 1, maxAnswerLength = 15 } = options;
  requireText('answer', 'the question', question);
  requireText('answer', 'the context', context);
  requireCount('answer', 'topK', topK);
  requireCount('answer', 'maxAnswerLength', maxAnswerLength);
  model.requireHead('questionAnswering');
  const { maxLength, tokenizer } = model;
  const room = maxLength - tokenizer.encode(question, { pair: '' }).ids.length;
  const stride = options.stride ?? Math.max(0, Math.min(128, Math.floor(room / 2)));
  const windows = tokenizer.encodeWindows(question, { pair: context, maxLength, stride });
  const outputs = await model.run(windows, { kind: 'questionAnswering' }, options);
  const found = new Map<string, Answer>();
  for (const { start, end, score } of spansOf(windows, outputs, maxAnswerLength, topK)) {
    const key = `${start} ${end}`;
    // Windows overlap: the better of two sightings counts.
    if (!found.has(key)) found.set(key, { text: context.slice(start, end), start, end, score });
  }
  return [...found.values()].slice(0, topK);
}

/** A token of the context in one of the windows. */
interface Place {
  readonly window: number;
  readonly start: number;
  readonly end: number;
  readonly startLogit: number;
  readonly endLogit: number;
}

/** The best spans, best first, of tokens of the context alone; every window may give its own sighting of one. */
function spansOf(
  windows: readonly EncodingWithOffsets[],
  outputs: readonly EncodeOutput[],
  maxLength: number,
  topK: number,
): Omit<Answer, 'text'>[] {
  const places = windows.flatMap(({ sequenceIds, offsets }, window) =>
    Array.from(sequenceIds.keys())
      .filter((row) => sequenceIds[row] === 1)
      .map((row): Place => {
        const { data } = outputs[window]!;
        const [start, end] = [offsets[2 * row]!, offsets[2 * row + 1]!];
        return { window, start, end, startLogit: data[2 * row]!, endLogit: data[2 * row + 1]! };
      }),
  );
  // Over all windows together: a window without the answer has no say of its own.
  const starts = softmax(places.map(({ startLogit }) => startLogit));
  const ends = softmax(places.map(({ endLogit }) => endLogit));
  const wanted = topK * windows.length;
  const best: { first: number; last: number; score: number }[] = [];
  for (const [first, { window }] of places.entries()) {
    for (let last = first; last < first + maxLength && places[last]?.window === window; last++) {
      const score = starts[first]! * ends[last]!;
      if (best.length === wanted && score <= best[wanted - 1]!.score) continue;
      best.push({ first, last, score });
      best.sort((a, b) => b.score - a.score);
      if (best.length > wanted) best.pop();
    }
  }
  return best.map(({ first, last, score }) => ({
    start: places[first]!.start,
    end: places[last]!.end,
    score,
  }));
}
