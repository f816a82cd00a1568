import type { LogitsRow } from '../../engine/logits-row.ts';
import type { TextStream } from '../../text/stream.ts';
import type { LogitsProcessor } from '../logits/processors.ts';
import { logSumExpOf, noToken, notFinite } from '../logits/row-probability.ts';
import type { sampleRow } from '../logits/sample-row.ts';
import { topOfRow } from '../logits/top-of-row.ts';
import type { FinishReason, GeneratedToken, Generation } from '../result.ts';
import { createProcessors } from './processor-list.ts';
import type { LiveSequence, Search, SearchOptions, SearchRow } from './search.ts';

/** Greedy search, or sampling if `random` is given: one sequence. */
export class SingleSearch implements Search {
  readonly width = 1;
  readonly #options: SearchOptions;
  readonly #sample: typeof sampleRow | undefined;
  readonly #processors: readonly LogitsProcessor[];
  readonly #ids: number[];
  readonly #promptLength: number;
  readonly #text: TextStream;
  readonly #tokens: GeneratedToken[] = [];
  /** Assigns tokens to pieces of text. */
  readonly #pieces: PieceTokens;
  readonly #buffers = new Map<string, Float32Array>();
  #finish: { reason: FinishReason; by?: number | string } | undefined;

  /** `sample` chooses a token if `random` is given. */
  constructor(options: SearchOptions, sample?: typeof sampleRow) {
    const { settings, ids } = options;
    this.#options = options;
    this.#sample = sample;
    this.#processors = createProcessors(settings, options.limit);
    this.#ids = Array.from(ids);
    this.#promptLength = this.#ids.length;
    this.#text = options.openText();
    this.#pieces = new PieceTokens(this.#tokens);
  }

  get live(): readonly LiveSequence[] {
    return this.#finish ? [] : [{ ids: this.#ids, from: 0 }];
  }

  advance([row]: readonly SearchRow[]): void {
    const { logits, alignment, activations } = row!;
    const { settings, tokenizer, onToken } = this.#options;
    const { topLogProbs, logProbs } = settings;
    const best = logits.argmax();
    const largest = logits.at(best);
    if (!Number.isFinite(largest)) throw notFinite(largest);
    const total = logProbs ? logSumExpOf(logits, largest) : undefined;
    const top =
      topLogProbs > 0 && topOfRow(tokenizer, logits, topLogProbs, (token) => this.#text.peek(token), total!);
    const { id, logit } = this.#chooseToken(logits, best, largest, logProbs);
    const { added, piece, stop } = settings.stopTokens.has(id)
      ? { added: '', piece: '', stop: id }
      : this.#text.push(id);
    const token: GeneratedToken = {
      id,
      token: tokenizer.idToToken(id) ?? '',
      text: added,
      ...(total !== undefined && { logProbability: logit - total }),
      ...(top && { top }),
      ...(alignment && { alignment }),
      ...(activations && { activations }),
    };
    this.#ids.push(id);
    this.#tokens.push(token);
    this.#pieces.addToken(added.length);
    onToken?.(token);
    if (stop !== undefined) this.#finish = { reason: 'stop', by: stop };
    else if (this.#tokens.length === this.#options.limit) this.#finish = { reason: this.#options.limitedBy };
    this.#emitPiece(this.#finish ? piece + this.#text.finish().piece : piece);
  }

  result(cachedTokens: number): Generation {
    const { settings, promptIds } = this.#options;
    const { reason, by } = this.#finish ?? { reason: 'length' };
    return {
      text: this.#text.text,
      ids: Int32Array.from(this.#ids.slice(this.#promptLength)),
      tokens: this.#tokens,
      finishReason: reason,
      ...(by !== undefined && { stoppedBy: by }),
      promptIds,
      cachedTokens,
      ...(settings.doSample && { seed: settings.seed }),
    };
  }

  /** Chooses a token. Returns it and, if it is `wanted`, its logit before the processors. */
  #chooseToken(
    logits: LogitsRow,
    best: number,
    largest: number,
    wanted: boolean,
  ): { id: number; logit: number } {
    const { random, settings } = this.#options;
    if (this.#processors.length === 0) {
      const id = random ? this.#sample!(logits, largest, settings, random) : best;
      return { id, logit: wanted ? logits.at(id) : 0 };
    }
    const before = wanted ? logits.read(this.#buffer('before', logits.size)) : undefined;
    const scores = logits.read(this.#buffer('scores', logits.size));
    const sequence = { ids: this.#ids, promptLength: this.#promptLength };
    for (const process of this.#processors) process(scores, sequence);
    logits.write(scores);
    const first = logits.argmax();
    const score = logits.at(first);
    if (!(score > -Infinity) || (random && score === Infinity)) throw noToken(score);
    const id = random ? this.#sample!(logits, score, settings, random) : first;
    return { id, logit: before?.[id] ?? 0 };
  }

  /** A buffer of the vocabulary's size, which is kept. */
  #buffer(name: string, size: number): Float32Array {
    const buffer = this.#buffers.get(name) ?? new Float32Array(size);
    this.#buffers.set(name, buffer);
    return buffer;
  }

  #emitPiece(text: string): void {
    const { onPiece } = this.#options;
    if (!onPiece) return;
    const tokens = this.#pieces.takeTokens(text.length, this.#finish !== undefined);
    if (text !== '' || tokens.length > 0) onPiece({ text, tokens });
  }
}

/** Assigns tokens to pieces of text: a piece may be emitted after its tokens. */
class PieceTokens {
  readonly #tokens: readonly GeneratedToken[];
  /** By token: text length at which it is complete. Infinity while the character that it begins is incomplete. */
  readonly #ends: number[] = [];
  #textLength = 0;
  #takenTokens = 0;
  #takenText = 0;

  constructor(tokens: readonly GeneratedToken[]) {
    this.#tokens = tokens;
  }

  /** Adds the last token, which added `length` UTF-16 units of text. */
  addToken(length: number): void {
    this.#textLength += length;
    if (length > 0) {
      for (let i = this.#ends.length - 1; i >= this.#takenTokens && this.#ends[i] === Infinity; i--)
        this.#ends[i] = this.#textLength;
    }
    this.#ends.push(length > 0 ? this.#textLength : Infinity);
  }

  /** The tokens that a further piece of `length` UTF-16 units completes; with `all`, all remaining tokens. */
  takeTokens(length: number, all: boolean): GeneratedToken[] {
    this.#takenText += length;
    const from = this.#takenTokens;
    while (
      this.#takenTokens < this.#ends.length &&
      (all || this.#ends[this.#takenTokens]! <= this.#takenText)
    )
      this.#takenTokens++;
    return this.#tokens.slice(from, this.#takenTokens);
  }
}
