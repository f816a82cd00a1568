import { HeadwiseError } from '../../errors.ts';
import { TextStream } from '../../text/stream.ts';
import { argmax, logSumExp } from '../logits/probability.ts';
import type { LogitsProcessor } from '../logits/processors.ts';
import { sample } from '../logits/sample.ts';
import { topTokens } from '../logits/top-tokens.ts';
import type { FinishReason, GeneratedToken, Generation } from '../result.ts';
import { createProcessors } from './processor-list.ts';
import type { LiveSequence, Search, SearchOptions, SearchRow } from './search.ts';

/** Greedy search, or sampling if `random` is given: one sequence. */
export class SingleSearch implements Search {
  readonly width = 1;
  readonly #options: SearchOptions;
  readonly #processors: readonly LogitsProcessor[];
  readonly #ids: number[];
  readonly #promptLength: number;
  readonly #text: TextStream;
  readonly #tokens: GeneratedToken[] = [];
  /** Assigns tokens to pieces of text. */
  readonly #pieces: PieceTokens;
  #finish: { reason: FinishReason; by?: number | string } | undefined;

  constructor(options: SearchOptions) {
    const { settings, tokenizer, ids, prefix, limit } = options;
    this.#options = options;
    this.#processors = createProcessors(settings, limit);
    this.#ids = Array.from(ids);
    this.#promptLength = this.#ids.length;
    const { skipSpecialTokens, stopStrings } = settings;
    this.#text = new TextStream(tokenizer, { skipSpecialTokens, stopStrings, prefix });
    this.#pieces = new PieceTokens(this.#tokens);
  }

  get live(): readonly LiveSequence[] {
    return this.#finish ? [] : [{ ids: this.#ids, from: 0 }];
  }

  advance([row]: readonly SearchRow[]): void {
    const { logits, alignment, activations } = row!;
    const { settings, tokenizer, onToken } = this.#options;
    const best = argmax(logits);
    const total = logSumExp(logits, logits[best]);
    const { topLogProbs } = settings;
    const top =
      topLogProbs > 0 && topTokens(tokenizer, logits, topLogProbs, (token) => this.#text.peek(token), total);
    const id = this.#chooseToken(logits, best);
    const { added, piece, stop } = settings.stopTokens.has(id)
      ? { added: '', piece: '', stop: id }
      : this.#text.push(id);
    const token: GeneratedToken = {
      id,
      token: tokenizer.idToToken(id) ?? '',
      text: added,
      logProbability: logits[id]! - total,
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

  #chooseToken(logits: Float32Array, best: number): number {
    const { random } = this.#options;
    if (this.#processors.length === 0) return random ? sample(logits, random) : best;
    // Processors get a copy: `logProbability` is computed from the unchanged logits.
    const scores = logits.slice();
    const sequence = { ids: this.#ids, promptLength: this.#promptLength };
    for (const process of this.#processors) process(scores, sequence);
    const id = random ? sample(scores, random) : argmax(scores);
    if (scores[id]! > -Infinity) return id;
    throw new HeadwiseError(
      'ERR_NUMERIC',
      'generate: all tokens are forbidden; check suppressTokens, badWordsIds, logitBias and logitsProcessors',
    );
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
