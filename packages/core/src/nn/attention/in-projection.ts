import type { LinearWeights } from '../../backend/backend.ts';
import type { WeightLoader } from '../load/weight-loader.ts';
import type { RotaryEmbedding } from '../positions/rotary.ts';
import type { IndexRange } from '../run/shard.ts';
import { MultiHead, shardHeads } from './multi-head.ts';
import { FusedProjections, type Projections, SeparateProjections } from './projections.ts';

/** The sizes of an attention in PyTorch's layout. */
export interface InProjectionOptions {
  readonly embedDim: number;
  readonly numHeads: number;
  readonly numKeyValueHeads: number;
  /** Features of keys and values; `embedDim` unless they come from somewhere else. */
  readonly kdim: number;
  readonly vdim: number;
  readonly bias: boolean;
  /** One input is query, key and value: they can be projected in one matmul. */
  readonly self: boolean;
  readonly rotary?: RotaryEmbedding;
}

interface Part {
  readonly weight: Float32Array;
  readonly bias: Float32Array | undefined;
}

/**
 * Loads an attention as `nn.MultiheadAttention` stores it under `prefix`: `in_proj_weight` `[embedDim + 2 · keyValueWidth, embedDim]` with
 * the rows of queries, keys and values below each other, or `q_proj_weight`, `k_proj_weight`, `v_proj_weight` where `kdim` or `vdim` differ;
 * `in_proj_bias`; `out_proj.weight`, `out_proj.bias`.
 */
export function loadMultiHead(
  loader: WeightLoader,
  prefix: string,
  name: string,
  options: InProjectionOptions & { readonly self: false },
): Promise<MultiHead<SeparateProjections>>;
export function loadMultiHead(
  loader: WeightLoader,
  prefix: string,
  name: string,
  options: InProjectionOptions,
): Promise<MultiHead>;
export async function loadMultiHead(
  loader: WeightLoader,
  prefix: string,
  name: string,
  options: InProjectionOptions,
): Promise<MultiHead> {
  const { embedDim, numHeads, numKeyValueHeads, bias, rotary } = options;
  const turned = rotary ? { rotary } : {};
  const share = shardHeads(numHeads, numKeyValueHeads, embedDim / numHeads, loader.shard);
  const { queryFeatures, keyFeatures } = share;
  const { from, to } = queryFeatures;
  if (from === to) {
    loader.skipTensors(tensorsOf(prefix, options));
    return new MultiHead(name, share, undefined, turned);
  }
  const projections = await loadProjections(loader, prefix, options, queryFeatures, keyFeatures);
  const weight = await loader.values(`${prefix}out_proj.weight`, [embedDim, embedDim], {
    axis: 1,
    from,
    to,
  });
  // The bias counts once: it belongs to whoever has the first head.
  const own = bias && from === 0;
  const values = own ? await loader.values(`${prefix}out_proj.bias`, [embedDim]) : undefined;
  if (bias && !own) loader.skipTensors([`${prefix}out_proj.bias`]);
  const output = loader.linearFrom(weight, values, to - from);
  return new MultiHead(name, share, { projections, output }, turned);
}

/** Whether queries, keys and values are rows of one tensor. */
function isPacked({ embedDim, kdim, vdim }: InProjectionOptions): boolean {
  return kdim === embedDim && vdim === embedDim;
}

function tensorsOf(prefix: string, options: InProjectionOptions): string[] {
  const weights = isPacked(options)
    ? ['in_proj_weight']
    : ['q_proj_weight', 'k_proj_weight', 'v_proj_weight'];
  const biases = options.bias ? ['in_proj_bias', 'out_proj.bias'] : [];
  return [...weights, 'out_proj.weight', ...biases].map((name) => `${prefix}${name}`);
}

async function loadProjections(
  loader: WeightLoader,
  prefix: string,
  options: InProjectionOptions,
  queryFeatures: IndexRange,
  keyFeatures: IndexRange,
): Promise<Projections> {
  const { embedDim, numHeads, numKeyValueHeads, kdim, vdim, bias, self } = options;
  const keyWidth = (embedDim / numHeads) * numKeyValueHeads;
  const rows = embedDim + 2 * keyWidth;
  const packed = isPacked(options);

  const read = async (
    letter: string,
    first: number,
    own: IndexRange,
    height: number,
    width: number,
  ): Promise<Part> => {
    const inside = { axis: 0, from: first + own.from, to: first + own.to } as const;
    const weight = packed
      ? await loader.values(`${prefix}in_proj_weight`, [rows, embedDim], inside)
      : await loader.values(`${prefix}${letter}_proj_weight`, [height, width], { axis: 0, ...own });
    const values = bias ? await loader.values(`${prefix}in_proj_bias`, [rows], inside) : undefined;
    return { weight, bias: values };
  };
  const q = await read('q', 0, queryFeatures, embedDim, embedDim);
  const k = await read('k', embedDim, keyFeatures, keyWidth, kdim);
  const v = await read('v', embedDim + keyWidth, keyFeatures, keyWidth, vdim);

  if (self) {
    const biases = q.bias && k.bias && v.bias ? join([q.bias, k.bias, v.bias]) : undefined;
    const weights = loader.linearFrom(join([q.weight, k.weight, v.weight]), biases, embedDim);
    return new FusedProjections(
      weights,
      queryFeatures.to - queryFeatures.from,
      keyFeatures.to - keyFeatures.from,
    );
  }
  const make = ({ weight, bias: values }: Part, width: number): LinearWeights =>
    loader.linearFrom(weight, values, width);
  return new SeparateProjections(make(q, embedDim), make(k, kdim), make(v, vdim));
}

function join(parts: readonly Float32Array[]): Float32Array {
  const joined = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
