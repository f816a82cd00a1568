import type { Hooks, Recording } from '@headwise/core';
import { norm } from '../../lib/vectors.ts';
import type { JobContext, ModelStore } from '../job.ts';
import { passOf, type ReadableModel, readable } from '../passes.ts';
import { editHooks } from './edits.ts';
import type { ReadingParams } from './read.ts';

/** A weight: how much the token `query` attends to the token `key` in a head. */
export interface WhyParams extends ReadingParams {
  readonly layer: number;
  readonly head: number;
  readonly query: number;
  readonly key: number;
  /** The number of the query whose own products are asked for. */
  readonly feature: number | undefined;
}

/** One number of the query as products of the stream's numbers with a row of Wq. */
export interface Projection {
  readonly value: number;
  readonly bias: number;
  /** The products of the largest absolute value, in their order. */
  readonly terms: ReadonlyArray<{
    readonly input: number;
    readonly weight: number;
    readonly x: number;
    readonly product: number;
  }>;
  /** The sum of all other products, and their number. */
  readonly rest: number;
  readonly others: number;
}

/** What wrote into the stream of a token before a block, with the norm of what it added. */
export interface Writer {
  readonly kind: 'embeddings' | 'head' | 'feedForward';
  readonly layer: number;
  readonly head: number;
  readonly norm: number;
}

/** The numbers that a weight is made of. */
export interface Why {
  readonly params: WhyParams;
  readonly tokens: readonly string[];
  /** Scores and weights of the query's row. */
  readonly scores: readonly number[];
  readonly weights: readonly number[];
  readonly query: readonly number[];
  readonly keyVector: readonly number[];
  /** What the dot product is multiplied by: 1/√(numbers of the query). */
  readonly scale: number;
  /** Undefined unless a feature is asked for, and for models whose queries are not a product of the stream alone. */
  readonly projection: Projection | undefined;
  readonly writers: readonly Writer[];
}

/** Records the numbers behind one attention weight. */
export async function run(store: ModelStore, params: WhyParams, { signal }: JobContext): Promise<Why> {
  const { layer, head, query, key, feature } = params;
  const model = await store.load(params.model);
  const { tokens } = await passOf(model, params.text, params.edits, signal);
  const at = `blocks.${layer}.attention.heads.${head}`;
  const stream = `blocks.${layer}.residual.before`;
  const earlier = Array.from({ length: layer }, (_, i) => i);
  const names = [
    ...['queries', 'keys', 'scores', 'weights'].map((what) => `${at}.${what}`),
    stream,
    'embeddings',
    ...earlier.flatMap((i) => [`blocks.${i}.attention.heads.*.output`, `blocks.${i}.feedForward.output`]),
  ];
  const hooks = editHooks(params.edits);
  const { activations } = await record(model, params.text, names, hooks, signal);
  const row = (name: string, index: number): Float32Array => {
    const { data, shape } = activations.get(name)!;
    const width = shape.at(-1) ?? 0;
    return data.slice(index * width, (index + 1) * width);
  };
  const q = row(`${at}.queries`, query);
  const writers: Writer[] = [
    { kind: 'embeddings', layer: 0, head: 0, norm: norm(row('embeddings', query)) },
    ...[...activations.keys()].flatMap((name): Writer[] => {
      const [, of = '', part, , index = '0'] =
        /^blocks\.(\d+)\.(attention|feedForward)\.(heads\.(\d+)\.)?output$/.exec(name) ?? [];
      if (part === undefined) return [];
      const kind = part === 'attention' ? 'head' : 'feedForward';
      return [{ kind, layer: Number(of), head: Number(index), norm: norm(row(name, query)) }];
    }),
  ];
  return {
    params,
    tokens,
    scores: [...row(`${at}.scores`, query)],
    weights: [...row(`${at}.weights`, query)],
    query: [...q],
    keyVector: [...row(`${at}.keys`, key)],
    scale: 1 / Math.sqrt(q.length),
    projection:
      feature === undefined
        ? undefined
        : await projectionOf(model, params, feature, row(stream, query), q[feature] ?? 0, signal),
    writers: writers.sort((a, b) => b.norm - a.norm),
  };
}

function record(
  model: ReadableModel,
  text: string,
  names: readonly string[],
  hooks: Hooks,
  signal: AbortSignal,
): Promise<Recording> {
  return model.record(readable(model, text).text, names, { hooks, signal });
}

/** Wq of one head, transposed, with its bias in the last row: [hidden + 1, numbers of the query]. */
const projections = new WeakMap<ReadableModel, Map<string, Float32Array>>();

/** How many products are listed. */
const TERMS = 8;

async function projectionOf(
  model: ReadableModel,
  { layer, head }: WhyParams,
  feature: number,
  x: Float32Array,
  value: number,
  signal: AbortSignal,
): Promise<Projection | undefined> {
  // A decoder's queries are of the normed stream, and turned by their position.
  if (model.kind !== 'encoder') return undefined;
  const known = projections.get(model) ?? new Map<string, Float32Array>();
  projections.set(model, known);
  const name = `${layer}.${head}`;
  const table = known.get(name) ?? (await readProjection(model, layer, head, x.length, signal));
  known.set(name, table);
  const width = table.length / (x.length + 1);
  const bias = table[x.length * width + feature] ?? 0;
  const products = [...x].map((input, i) => {
    const weight = (table[i * width + feature] ?? 0) - bias;
    return { input: i, weight, x: input, product: weight * input };
  });
  products.sort((a, b) => Math.abs(b.product) - Math.abs(a.product));
  const others = products.slice(TERMS);
  return {
    value,
    bias,
    terms: products.slice(0, TERMS),
    rest: others.reduce((sum, { product }) => sum + product, 0),
    others: others.length,
  };
}

/**
 * Reads Wq off the model itself: with row i of the stream replaced by the unit vector i, query i is column i of Wq plus the bias; with zeros it
 * is the bias.
 */
async function readProjection(
  model: Extract<ReadableModel, { kind: 'encoder' }>,
  layer: number,
  head: number,
  hidden: number,
  signal: AbortSignal,
): Promise<Float32Array> {
  const name = `blocks.${layer}.attention.heads.${head}.queries`;
  const parts: Float32Array[] = [];
  let first = 0;
  while (first <= hidden) {
    const wanted = hidden + 1 - first;
    const filler = 'a '.repeat(Math.min(wanted, model.maxLength));
    const from = first;
    const { activations } = await model.record(filler, [name], {
      signal,
      hooks: {
        [`blocks.${layer}.residual.before`]: ({ data, shape }) => {
          const rows = new Float32Array(data.length);
          for (let row = 0; row < (shape[0] ?? 0); row += 1) {
            if (from + row < hidden) rows[row * hidden + from + row] = 1;
          }
          return rows;
        },
      },
    });
    const { data, shape } = activations.get(name)!;
    const [rows = 0, width = 0] = shape;
    const count = Math.min(rows, wanted);
    parts.push(data.slice(0, count * width));
    first += count;
  }
  const table = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    table.set(part, at);
    at += part.length;
  }
  return table;
}
