import { HeadwiseError } from '../../errors.ts';
import { topKIndices } from '../logits/probability.ts';
import type { LogitsProcessor } from '../logits/processors.ts';
import { logSumExpOf, notFinite } from '../logits/row-probability.ts';
import type { TokenProbability } from '../logits/top-of-row.ts';
import { topOfRow } from '../logits/top-of-row.ts';
import type { GeneratedToken, Generation, TokenAlignment } from '../result.ts';
import { Hypotheses } from './hypotheses.ts';
import type { LiveSequence, Search, SearchOptions, SearchRow } from './search.ts';

/** A generated token linked to the one before it: beams share their prefixes. */
interface TokenNode {
  readonly id: number;
  readonly previous: TokenNode | undefined;
  readonly logProbability?: number;
  readonly top?: readonly TokenProbability[];
  readonly alignment?: TokenAlignment;
}

interface Beam extends LiveSequence {
  readonly last: TokenNode | undefined;
  /** Sum of log-probabilities. */
  readonly sum: number;
}

interface Candidate {
  readonly beam: number;
  readonly id: number;
  readonly sum: number;
}

/**
 * Beam search as in Hugging Face's `BeamSearchScorer`. Each step takes the 2 · numBeams best continuations of all beams (more with
 * several stop tokens). Those that end the text become hypotheses if they are among the numBeams best; the others become the next beams.
 */
export class BeamSearch implements Search {
  readonly width: number;
  readonly #options: SearchOptions;
  readonly #processors: readonly LogitsProcessor[];
  readonly #promptLength: number;
  readonly #hypotheses: Hypotheses<{ last: TokenNode | undefined; ended: boolean }>;
  /** Log-sum-exp of each beam's logits in this step. */
  #totals: readonly number[] = [];
  /** Buffers for logits processors, which are reused for all beams. */
  #logits: Float32Array | undefined;
  #scores: Float64Array | undefined;
  #beams: readonly Beam[];
  #generated = 0;

  constructor(options: SearchOptions, processors: readonly LogitsProcessor[]) {
    const { settings, ids, limit } = options;
    this.width = settings.numBeams;
    this.#options = options;
    this.#processors = processors;
    this.#promptLength = ids.length;
    this.#hypotheses = new Hypotheses(settings, limit);
    this.#beams = [{ ids: Array.from(ids), from: 0, last: undefined, sum: 0 }];
  }

  get live(): readonly LiveSequence[] {
    return this.#beams;
  }

  advance(rows: readonly SearchRow[]): void {
    const { settings, limit } = this.#options;
    const { numBeams, stopTokens } = settings;
    const candidates = this.#candidates(rows, Math.max(2, 1 + stopTokens.size) * numBeams);
    if (candidates.length === 0)
      throw new HeadwiseError(
        'ERR_NUMERIC',
        'generate: all tokens are forbidden; check suppressTokens, badWordsIds, logitBias and logitsProcessors',
      );
    this.#generated++;
    const next: Beam[] = [];
    for (const [rank, candidate] of candidates.entries()) {
      if (next.length === numBeams) break;
      const { beam, id, sum } = candidate;
      const isStop = stopTokens.has(id);
      if (isStop && rank >= numBeams) continue;
      const parent = this.#beams[beam]!;
      const last = this.#createNode(parent, candidate, rows[beam]!);
      if (isStop) this.#hypotheses.add({ last, ended: true }, sum, this.#generated);
      else next.push({ ids: [...parent.ids, id], from: beam, last, sum });
    }
    const done = this.#hypotheses.done(candidates[0]!.sum, this.#generated);
    const atEnd = this.#generated === limit;
    if (atEnd && !done) {
      for (const { last, sum } of next) this.#hypotheses.add({ last, ended: false }, sum, this.#generated);
    }
    this.#beams = done || atEnd ? [] : next;
  }

  result(cachedTokens: number): Generation {
    const best = this.#hypotheses.best.slice(0, this.#options.settings.numReturnSequences);
    const [first, ...others] = best.map(({ text: { last, ended }, score }) =>
      this.#generation(last, ended, score, cachedTokens),
    );
    return others.length > 0 ? { ...first!, alternatives: others } : first!;
  }

  /** The `count` best continuations of all beams, best first. */
  #candidates(rows: readonly SearchRow[], count: number): Candidate[] {
    this.#totals = rows.map(({ logits }) => {
      const largest = logits.at(logits.argmax());
      if (!Number.isFinite(largest)) throw notFinite(largest);
      return logSumExpOf(logits, largest);
    });
    const candidates = rows.flatMap(({ logits }, beam): Candidate[] => {
      const { ids, sum } = this.#beams[beam]!;
      const total = this.#totals[beam]!;
      if (this.#processors.length === 0) {
        const { indices, values } = logits.topK(Math.min(count, logits.size));
        return Array.from(indices, (id, i) => ({ beam, id, sum: sum + (values[i]! - total) }));
      }
      this.#logits ??= new Float32Array(logits.size);
      this.#scores ??= new Float64Array(logits.size);
      const [values, scores] = [logits.read(this.#logits), this.#scores];
      for (let i = 0; i < values.length; i++) scores[i] = values[i]! - total;
      for (const process of this.#processors) process(scores, { ids, promptLength: this.#promptLength });
      return topKIndices(scores, count).map((id) => ({ beam, id, sum: sum + scores[id]! }));
    });
    return candidates
      .filter(({ sum }) => sum > -Infinity)
      .sort((a, b) => b.sum - a.sum)
      .slice(0, count);
  }

  #createNode(parent: Beam, { beam, id }: Candidate, { logits, alignment }: SearchRow): TokenNode {
    const { tokenizer, settings } = this.#options;
    const total = this.#totals[beam]!;
    const { topLogProbs, logProbs } = settings;
    return {
      id,
      previous: parent.last,
      ...(logProbs && { logProbability: logits.at(id) - total }),
      // Their texts depend on the tokens before and are filled in for the final text only.
      ...(topLogProbs > 0 && { top: topOfRow(tokenizer, logits, topLogProbs, () => '', total) }),
      ...(alignment && { alignment }),
    };
  }

  #generation(last: TokenNode | undefined, ended: boolean, score: number, cachedTokens: number): Generation {
    const { tokenizer, openText, promptIds, limitedBy } = this.#options;
    const nodes: TokenNode[] = [];
    for (let node = last; node; node = node.previous) nodes.push(node);
    nodes.reverse();
    const text = openText();
    const tokens = nodes.map(({ id, logProbability, top, alignment }, i): GeneratedToken => {
      const topWithText = top?.map((other) => ({ ...other, text: text.peek(other.id) }));
      const isStop = ended && i === nodes.length - 1;
      return {
        id,
        token: tokenizer.idToToken(id) ?? '',
        text: isStop ? '' : text.push(id).added,
        ...(logProbability !== undefined && { logProbability }),
        ...(topWithText && { top: topWithText }),
        ...(alignment && { alignment }),
      };
    });
    text.finish();
    return {
      text: text.text,
      ids: Int32Array.from(nodes, ({ id }) => id),
      tokens,
      finishReason: ended ? 'stop' : limitedBy,
      ...(ended && last && { stoppedBy: last.id }),
      promptIds,
      cachedTokens,
      score,
    };
  }
}
