import { topKIndices } from '../../generate/logits/probability.ts';
import type { SlotCopy } from '../../nn/attention/shared-prefixes.ts';
import { logSumExp } from './token-rules.ts';

/** How wide a beam search is, and which of its texts it chooses. */
export interface BeamSettings {
  readonly beamSize: number;
  /** The search ends with `beamSize · patience` finished texts. */
  readonly patience: number;
  /** Exponent of the length that sums of log probabilities are divided by; undefined: the mean over the tokens. */
  readonly lengthPenalty: number | undefined;
}

interface Beam {
  readonly ids: readonly number[];
  /** Sum of log probabilities. */
  readonly sum: number;
}

/** A step of {@link WindowBeams}: slot `s` gets the token `ids[s]`, after the copies. */
export interface BeamStep {
  readonly ids: Int32Array;
  readonly copies: readonly SlotCopy[];
}

/**
 * Whisper's beam search (`BeamSearchDecoder` and `MaximumLikelihoodRanker` of `decoding.py` in https://github.com/openai/whisper; patience: Kasai et al.
 * 2022, https://arxiv.org/abs/2204.05424). Each step continues every beam with its beamSize + 1 likeliest tokens; the best sequences that do not end
 * are the next beams, and those that end and are better than the last of these are finished.
 */
export class WindowBeams {
  readonly #settings: BeamSettings;
  readonly #end: number;
  readonly #maxTokens: number;
  readonly #maxFinished: number;
  readonly #finished: Beam[] = [];
  #beams: readonly Beam[] = [{ ids: [], sum: 0 }];

  /** `end` is the token that ends a text, `maxTokens` the most tokens of one without it. */
  constructor(settings: BeamSettings, end: number, maxTokens: number) {
    this.#settings = settings;
    this.#end = end;
    this.#maxTokens = maxTokens;
    this.#maxFinished = Math.max(1, Math.round(settings.beamSize * settings.patience));
  }

  /** The tokens of the beams so far, in the order of their slots. */
  get beams(): readonly (readonly number[])[] {
    return this.#beams.map(({ ids }) => ids);
  }

  /**
   * Takes the logits of each beam, after the rules; returns the next step, or undefined at the end.
   *
   * @param length tokens of every slot before this step's
   */
  advance(logits: readonly Float32Array[], length: number): BeamStep | undefined {
    const { beamSize } = this.#settings;
    const candidates = logits
      .flatMap((row, slot) => {
        const total = logSumExp(row);
        const { sum } = this.#beams[slot]!;
        const likeliest = topKIndices(row, beamSize + 1).filter((id) => row[id]! > -Infinity);
        return likeliest.map((id) => ({ slot, id, sum: sum + row[id]! - total }));
      })
      .sort((a, b) => b.sum - a.sum);
    const next: (Beam & { readonly slot: number })[] = [];
    for (const { slot, id, sum } of candidates) {
      if (next.length === beamSize) break;
      const { ids } = this.#beams[slot]!;
      if (id !== this.#end) next.push({ ids: [...ids, id], sum, slot });
      else if (this.#finished.length < this.#maxFinished) this.#finished.push({ ids, sum });
    }
    this.#beams = next;
    const isLong = next[0]?.ids.length === this.#maxTokens;
    if (next.length === 0 || isLong || this.#finished.length === this.#maxFinished) return undefined;
    return {
      ids: Int32Array.from(next, ({ ids }) => ids.at(-1)!),
      copies: next.flatMap(({ slot }, to) => (slot === to ? [] : [{ from: slot, to, length }])),
    };
  }

  /** The best text: of those that are finished or, if they are fewer than the beams, of the beams too. */
  get best(): Beam {
    const { beamSize, lengthPenalty } = this.#settings;
    const open = Math.max(0, beamSize - this.#finished.length);
    const texts = [...this.#finished, ...this.#beams.slice(0, open)];
    const score = ({ ids, sum }: Beam) =>
      // Wu et al. 2016 (https://arxiv.org/abs/1609.08144), §7.
      sum / (lengthPenalty === undefined ? ids.length : ((5 + ids.length) / 6) ** lengthPenalty);
    return texts.reduce((best, text) => (score(text) > score(best) ? text : best));
  }
}
