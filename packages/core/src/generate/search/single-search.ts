import { HeadwiseError } from '../../errors.ts';
import { TextStream } from '../../text/index.ts';
import { argmax, logSumExp } from '../logits/probability.ts';
import type { LogitsProcessor } from '../logits/processors.ts';
import { sample } from '../logits/sample.ts';
import { topTokens } from '../logits/top-tokens.ts';
import type { FinishReason, GeneratedToken, Generation } from '../result.ts';
import { processorsOf } from './processor-list.ts';
import type { LiveSequence, Search, SearchOptions, SearchRow } from './search.ts';

/** Follows one text: takes the likeliest token each time, or draws one. */
export class SingleSearch implements Search {
  readonly width = 1;
  readonly #options: SearchOptions;
  readonly #processors: readonly LogitsProcessor[];
  readonly #ids: number[];
  readonly #promptLength: number;
  readonly #text: TextStream;
  readonly #tokens: GeneratedToken[] = [];
  /** How many of the tokens have been given out with pieces, and how far the text of each piece reaches. */
  readonly #pieces: PieceTokens;
  #finish: { reason: FinishReason; by?: number | string } | undefined;

  constructor(options: SearchOptions) {
    const { settings, tokenizer, ids, prefix, limit } = options;
    this.#options = options;
    this.#processors = processorsOf(settings, limit);
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
    const id = this.#choose(logits, best);
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
    this.#pieces.added(added.length);
    onToken?.(token);
    if (stop !== undefined) this.#finish = { reason: 'stop', by: stop };
    else if (this.#tokens.length === this.#options.limit) this.#finish = { reason: this.#options.limitedBy };
    this.#give(this.#finish ? piece + this.#text.finish().piece : piece);
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

  #choose(logits: Float32Array, best: number): number {
    const { random } = this.#options;
    if (this.#processors.length === 0) return random ? sample(logits, random) : best;
    // What the model itself holds of the token is still to be told.
    const scores = logits.slice();
    const sequence = { ids: this.#ids, promptLength: this.#promptLength };
    for (const process of this.#processors) process(scores, sequence);
    const id = random ? sample(scores, random) : argmax(scores);
    if (scores[id]! > -Infinity) return id;
    throw new HeadwiseError('ERR_NUMERIC', 'generate: every token is forbidden; is a rule too strict?');
  }

  #give(text: string): void {
    const { onPiece } = this.#options;
    if (!onPiece) return;
    const tokens = this.#pieces.take(text.length, this.#finish !== undefined);
    if (text !== '' || tokens.length > 0) onPiece({ text, tokens });
  }
}

/** Which tokens a piece of text was made of, when text comes later than its tokens. */
class PieceTokens {
  readonly #tokens: readonly GeneratedToken[];
  /** Where the text of each token ends; of tokens that only begin a character, where that character does. */
  readonly #ends: number[] = [];
  #end = 0;
  #given = 0;
  #shown = 0;

  constructor(tokens: readonly GeneratedToken[]) {
    this.#tokens = tokens;
  }

  /** There is one more token, which has added so much. */
  added(length: number): void {
    this.#end += length;
    if (length > 0) {
      for (let i = this.#ends.length - 1; i >= this.#given && this.#ends[i] === Infinity; i--)
        this.#ends[i] = this.#end;
    }
    this.#ends.push(length > 0 ? this.#end : Infinity);
  }

  /** The tokens that a further piece of so much text completes; at the end all that are left. */
  take(length: number, all: boolean): GeneratedToken[] {
    this.#shown += length;
    const from = this.#given;
    while (this.#given < this.#ends.length && (all || this.#ends[this.#given]! <= this.#shown)) this.#given++;
    return this.#tokens.slice(from, this.#given);
  }
}
