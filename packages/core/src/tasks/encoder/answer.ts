import type { EncodeOutput } from '../../engine/encoder-engine.ts';
import { checkOptions, type OptionNames } from '../../options.ts';
import type { EncodingWithOffsets } from '../../text/tokenizer.ts';
import { trimmedRange } from '../../text/trimmed-range.ts';
import { requireCount, requireModel, requireText } from '../inputs.ts';
import { RUN_OPTIONS, type RunOptions, runOptionsOf } from './batching.ts';
import type { EncoderModel } from './encoder-model.ts';
import { softmax } from './scores.ts';

export interface AnswerOptions extends RunOptions {
  /** Number of answers to return. Default: 1. */
  topK?: number;
  /** Maximum length of an answer in tokens. Default: 15. */
  maxAnswerLength?: number;
  /** Overlap of the windows over a long context, in tokens. Default: 128, at most half of the tokens that fit beside the question. */
  stride?: number;
}

/** A span of the context. */
export interface Answer {
  readonly text: string;
  /** Offsets in the context, in UTF-16 units. */
  readonly start: number;
  readonly end: number;
  /** Probability of the start token times probability of the end token. */
  readonly score: number;
}

const OPTIONS = {
  topK: 'numeric',
  maxAnswerLength: 'numeric',
  stride: 'numeric',
  ...RUN_OPTIONS,
} satisfies OptionNames<AnswerOptions>;

/**
 * Extractive question answering (Devlin et al. 2019, §4.2): the best spans of a context, in descending order of score. A context that is
 * too long is read in overlapping windows. An empty context has no answers.
 *
 * Needs the head `questionAnswering`. Throws `ConfigError` without it, and if the question leaves no room for a context.
 */
export async function answer(
  model: EncoderModel,
  question: string,
  context: string,
  options: AnswerOptions = {},
): Promise<Answer[]> {
  checkOptions('answer', options, OPTIONS);
  const { topK = 1, maxAnswerLength = 15 } = options;
  requireModel('answer', 'an encoder', model, 'requireHead');
  requireText('answer', 'the question', question);
  requireText('answer', 'the context', context);
  requireCount('answer', 'topK', topK);
  requireCount('answer', 'maxAnswerLength', maxAnswerLength);
  model.requireHead('questionAnswering');
  const { maxLength, tokenizer } = model;
  const room = maxLength - tokenizer.encode(question, { pair: '' }).ids.length;
  const stride = options.stride ?? Math.max(0, Math.min(128, Math.floor(room / 2)));
  const windows = tokenizer.encodeWindows(question, { pair: context, maxLength, stride });
  const outputs = await model.run(windows, { kind: 'questionAnswering' }, runOptionsOf(options));
  const found = new Map<string, Answer>();
  for (const span of bestSpans(windows, outputs, maxAnswerLength, topK)) {
    const [start, end] = trimmedRange(context, span.start, span.end);
    const key = `${start} ${end}`;
    // Windows overlap: a span may be found twice, with the better score first.
    if (!found.has(key)) found.set(key, { text: context.slice(start, end), start, end, score: span.score });
  }
  return [...found.values()].slice(0, topK);
}

/** A context token in one of the windows. */
interface ContextToken {
  readonly window: number;
  readonly start: number;
  readonly end: number;
  readonly startLogit: number;
  readonly endLogit: number;
}

/** The best spans of context tokens, in descending order of score; a span may occur once for each window. */
function bestSpans(
  windows: readonly EncodingWithOffsets[],
  outputs: readonly EncodeOutput[],
  maxLength: number,
  topK: number,
): Omit<Answer, 'text'>[] {
  const tokens = windows.flatMap(({ sequenceIds, offsets }, window) =>
    Array.from(sequenceIds.keys())
      .filter((row) => sequenceIds[row] === 1)
      .map((row): ContextToken => {
        const { data } = outputs[window]!;
        const [start, end] = [offsets[2 * row]!, offsets[2 * row + 1]!];
        return { window, start, end, startLogit: data[2 * row]!, endLogit: data[2 * row + 1]! };
      }),
  );
  // Softmax over all windows, so that scores of different windows are comparable.
  const starts = softmax(tokens.map(({ startLogit }) => startLogit));
  const ends = softmax(tokens.map(({ endLogit }) => endLogit));
  const count = topK * windows.length;
  const best: { first: number; last: number; score: number }[] = [];
  for (const [first, { window }] of tokens.entries()) {
    for (let last = first; last < first + maxLength && tokens[last]?.window === window; last++) {
      const score = starts[first]! * ends[last]!;
      if (best.length === count && score <= best[count - 1]!.score) continue;
      best.push({ first, last, score });
      best.sort((a, b) => b.score - a.score);
      if (best.length > count) best.pop();
    }
  }
  return best.map(({ first, last, score }) => ({
    start: tokens[first]!.start,
    end: tokens[last]!.end,
    score,
  }));
}
