import { ConfigError } from '../errors.ts';
import { type Edit, silence } from '../hooks/edits.ts';
import type { Hooks } from '../hooks/hooks.ts';
import { checkOption, checkOptions, type OptionNames, requireOptions } from '../options.ts';

export interface AblationOptions {
  /** What is done to a head's context. Default: `silence()`. */
  edit?: Edit;
  /** Hooks for every run, those before too. */
  hooks?: Hooks;
  signal?: AbortSignal;
  /** Called with the number of heads done, of how many. */
  onProgress?: (done: number, total: number) => void;
}

/** The heads of a model's layers. */
export interface HeadSites {
  readonly layers: number;
  readonly heads: number;
  /**
   * The name of their attention, with a `*` for the number of the layer. Default `blocks.*.attention`; an encoder–decoder has
   * `encoder.blocks.*.attention`, `decoder.blocks.*.attention` and `decoder.blocks.*.crossAttention`.
   */
  readonly attention?: string;
}

/** Most heads of all layers together; each is a run of the model. */
const MAX_HEADS = 2 ** 20;

const SITES = { layers: 'count', heads: 'count', attention: 'string' } satisfies OptionNames<HeadSites>;

/** What {@link AblationOptions} has. */
export const ABLATION_OPTIONS = {
  edit: true,
  hooks: 'object',
  signal: 'signal',
  onProgress: 'function',
} satisfies OptionNames<AblationOptions>;

/** A head and how much it is missed. */
export interface HeadScore {
  readonly layer: number;
  readonly head: number;
  readonly score: number;
}

export interface HeadImportance {
  /** `[layers, heads]`. */
  readonly scores: Float32Array;
  readonly shape: readonly [layers: number, heads: number];
  /** All heads, the most important first. */
  readonly ranking: readonly HeadScore[];
}

/**
 * Runs a model without one head after another (ablation, as in Michel et al. 2019, "Are sixteen heads really better than one?").
 * `score` runs it with the hooks that it is given and tells how much is missed.
 *
 * ```ts
 * const sites = { layers: 6, heads: 8, attention: 'decoder.blocks.*.crossAttention' };
 * const { ranking } = await ablateHeads(async (hooks) => (await model.perplexity(source, target, { hooks })).loss, sites);
 * ```
 */
export async function ablateHeads(
  score: (hooks: Hooks) => Promise<number>,
  sites: HeadSites,
  options: AblationOptions = {},
): Promise<HeadImportance> {
  requireOptions('ablateHeads', sites, SITES);
  checkOptions('ablateHeads', options, ABLATION_OPTIONS);
  const { layers, heads, attention = 'blocks.*.attention' } = sites;
  checkOption('ablateHeads', 'layers', layers, SITES.layers);
  checkOption('ablateHeads', 'heads', heads, SITES.heads);
  checkOption('ablateHeads', 'score', score, 'function');
  if (layers * heads > MAX_HEADS)
    throw new ConfigError(`ablateHeads: at most ${MAX_HEADS} heads, got ${layers} layers of ${heads}`);
  const { edit = silence(), hooks = {}, signal, onProgress } = options;
  const scores = new Float32Array(layers * heads);
  const ranking: HeadScore[] = [];
  for (const index of scores.keys()) {
    signal?.throwIfAborted();
    const [layer, head] = [Math.floor(index / heads), index % heads];
    const name = `${attention.replace('*', String(layer))}.heads.${head}.context`;
    scores[index] = await score({ ...hooks, [name]: edit });
    ranking.push({ layer, head, score: scores[index]! });
    onProgress?.(index + 1, scores.length);
  }
  return { scores, shape: [layers, heads], ranking: ranking.sort((a, b) => b.score - a.score) };
}
