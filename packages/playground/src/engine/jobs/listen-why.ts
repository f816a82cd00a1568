import type { HeadId } from '../../lib/heads.ts';
import type { JobContext, ModelStore } from '../job.ts';
import { hearingOf } from '../listen/hearings.ts';
import type { HeadChoice } from '../listen/maps.ts';

export interface HeardWhyParams {
  /** Of the hearing. */
  readonly id: number;
  readonly window: number;
  /** The rows of a word's tokens. */
  readonly rows: readonly [from: number, to: number];
  /** The column of the maps. */
  readonly position: number;
  readonly choice: HeadChoice;
  /** Which of the weights is taken apart: an index of `parts`. */
  readonly part: number;
}

/** One of the weights that a word's number is the mean of. */
export interface WeightPart extends HeadId {
  readonly row: number;
  readonly token: string;
  readonly weight: number;
}

/** What a word's number is made of. */
export interface HeardWhy {
  readonly params: HeardWhyParams;
  readonly mean: number;
  readonly parts: readonly WeightPart[];
  /** Of the chosen part. */
  readonly score: number;
  /** The largest weights of its row with their scores, and the sum of the others, which are `others`. */
  readonly best: ReadonlyArray<{
    readonly position: number;
    readonly score: number;
    readonly weight: number;
  }>;
  readonly rest: number;
  readonly others: number;
  readonly query: readonly number[];
  readonly key: readonly number[];
  /** What the dot product is multiplied by: 1/√(numbers of the query). */
  readonly scale: number;
}

const BEST = 8;

/** Takes a word's weight apart: into those of its tokens and heads, and one of them into score, query and key. */
export async function run(
  _store: ModelStore,
  params: HeardWhyParams,
  _context: JobContext,
): Promise<HeardWhy> {
  const { window, rows, position, choice, part: chosen } = params;
  const hearing = hearingOf(params.id);
  const { layers, first } = hearing.captured[window]!;
  const heads = choice === 'mean' ? hearing.alignment : [choice];
  const parts: WeightPart[] = [];
  for (let row = rows[0]; row < rows[1]; row += 1) {
    const token = hearing.windows[window]!.tokens[row] ?? '';
    for (const head of heads)
      parts.push({ ...head, row, token, weight: rowOf(layers, first + row, head)[position]! });
  }
  const part = parts[Math.min(chosen, parts.length - 1)]!;
  const { queries, keys } = layers[part.layer]!;
  const size = (queries.shape[1] ?? 0) / hearing.heads;
  const vector = ({ data, shape }: typeof queries, index: number): Float32Array => {
    const at = index * (shape[1] ?? 0) + part.head * size;
    return data.subarray(at, at + size);
  };
  const scale = 1 / Math.sqrt(size);
  const query = vector(queries, first + part.row);
  const scoreAt = (at: number): number => scale * dot(query, vector(keys, at));
  const weights = rowOf(layers, first + part.row, part);
  const order = Array.from(weights.keys()).sort((a, b) => weights[b]! - weights[a]!);
  const best = order.slice(0, BEST);
  if (!best.includes(position)) best.push(position);
  return {
    params,
    mean: parts.reduce((sum, { weight }) => sum + weight, 0) / parts.length,
    parts,
    score: scoreAt(position),
    best: best.map((at) => ({ position: at, score: scoreAt(at), weight: weights[at]! })),
    rest: 1 - best.reduce((sum, at) => sum + weights[at]!, 0),
    others: weights.length - best.length,
    query: [...query],
    key: [...vector(keys, position)],
    scale,
  };
}

type Layers = ReturnType<typeof hearingOf>['captured'][number]['layers'];

/** A query's weights in a head, of all positions of the window. */
function rowOf(layers: Layers, query: number, { layer, head }: HeadId): Float32Array {
  const { data, shape } = layers[layer]!.weights;
  const [queries = 0, keys = 0] = shape.slice(-2);
  const at = (head * queries + query) * keys;
  return data.subarray(at, at + keys);
}

const dot = (a: Float32Array, b: Float32Array): number => a.reduce((sum, value, i) => sum + value * b[i]!, 0);
