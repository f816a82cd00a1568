import { HeadwiseError } from '../../errors.ts';
import { TextStream } from '../../text/index.ts';
import { logSoftmax, logSumExp, topKIndices } from '../logits/probability.ts';
import type { LogitsProcessor } from '../logits/processors.ts';
import type { TokenProbability } from '../logits/top-tokens.ts';
import { topTokens } from '../logits/top-tokens.ts';
import type { GeneratedToken, Generation, TokenAlignment } from '../result.ts';
import { Hypotheses } from './hypotheses.ts';
import { processorsOf } from './processor-list.ts';
import type { LiveSequence, Search, SearchOptions, SearchRow } from './search.ts';

/** A token of a text, and the one before it: texts share their beginnings. */
interface Node {
  readonly id: number;
  readonly before: Node | undefined;
  readonly logProbability: number;
  readonly top?: readonly TokenProbability[];
  readonly alignment?: TokenAlignment;
}

interface Beam extends LiveSequence {
  readonly last: Node | undefined;
  /** Sum of its scores. */
  readonly sum: number;
}

interface Candidate {
  readonly beam: number;
  readonly id: number;
  readonly sum: number;
}

/**
 * Beam search as Hugging Face's `BeamSearchScorer` does it. Each step takes the 2 · numBeams best continuations of all beams. Those that
 * end the text become hypotheses if they are among the numBeams best; the others fill the beams.
 */
export class BeamSearch implements Search {
  readonly width: number;
  readonly #options: SearchOptions;
  readonly #processors: readonly LogitsProcessor[];
  readonly #promptLength: number;
  readonly #hypotheses: Hypotheses<{ last: Node | undefined; ended: boolean }>;
  /** Of each beam, so that no step allocates them anew. */
  readonly #scores: Float64Array[] = [];
  #beams: readonly Beam[];
  #generated = 0;

  constructor(options: SearchOptions) {
    const { settings, ids, limit } = options;
    this.width = settings.numBeams;
    this.#options = options;
    this.#processors = processorsOf(settings, limit);
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
      throw new HeadwiseError('ERR_NUMERIC', 'generate: every token is forbidden; is a rule too strict?');
    this.#generated++;
    const next: Beam[] = [];
    for (const [rank, candidate] of candidates.entries()) {
      if (next.length === numBeams) break;
      const { beam, id, sum } = candidate;
      const ends = stopTokens.has(id);
      if (ends && rank >= numBeams) continue;
      const parent = this.#beams[beam]!;
      const last = this.#node(parent, candidate, rows[beam]!);
      if (ends) this.#hypotheses.add({ last, ended: true }, sum, this.#generated);
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
    const kept = this.#hypotheses.best.slice(0, this.#options.settings.numReturnSequences);
    const [first, ...others] = kept.map(({ text: { last, ended }, score }) =>
      this.#generation(last, ended, score, cachedTokens),
    );
    return others.length > 0 ? { ...first!, alternatives: others } : first!;
  }

  /** The best continuations of all beams, best first. */
  #candidates(rows: readonly SearchRow[], count: number): Candidate[] {
    const found = rows.flatMap(({ logits }, beam): Candidate[] => {
      const { ids, sum } = this.#beams[beam]!;
      this.#scores[beam] ??= new Float64Array(logits.length);
      const scores = logSoftmax(logits, this.#scores[beam]);
      for (const process of this.#processors) process(scores, { ids, promptLength: this.#promptLength });
      return topKIndices(scores, count).map((id) => ({ beam, id, sum: sum + scores[id]! }));
    });
    return found
      .filter(({ sum }) => sum > -Infinity)
      .sort((a, b) => b.sum - a.sum)
      .slice(0, count);
  }

  #node(parent: Beam, { id }: Candidate, { logits, alignment }: SearchRow): Node {
    const { tokenizer, settings } = this.#options;
    const total = logSumExp(logits);
    const { topLogProbs } = settings;
    return {
      id,
      before: parent.last,
      logProbability: logits[id]! - total,
      // What each would add to the text is told when it is known which text it is.
      ...(topLogProbs > 0 && { top: topTokens(tokenizer, logits, topLogProbs, () => '', total) }),
      ...(alignment && { alignment }),
    };
  }

  #generation(last: Node | undefined, ended: boolean, score: number, cachedTokens: number): Generation {
    const { settings, tokenizer, prefix, promptIds, limitedBy } = this.#options;
    const nodes: Node[] = [];
    for (let node = last; node; node = node.before) nodes.push(node);
    nodes.reverse();
    const { skipSpecialTokens } = settings;
    const text = new TextStream(tokenizer, { skipSpecialTokens, prefix });
    const tokens = nodes.map(({ id, logProbability, top, alignment }, i): GeneratedToken => {
      const reads = top?.map((other) => ({ ...other, text: text.peek(other.id) }));
      const silent = ended && i === nodes.length - 1;
      return {
        id,
        token: tokenizer.idToToken(id) ?? '',
        text: silent ? '' : text.push(id).added,
        logProbability,
        ...(reads && { top: reads }),
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
