import type { LinearLayer, LinearPart, StoredRows, WeightLoader } from '../load/weight-loader.ts';
import { filled, linearSpecs, type WeightSpecs, xavierUniform } from '../torch/init.ts';
import {
  FusedProjections,
  type HeadShard,
  MultiHead,
  type MultiHeadOptions,
  SeparateProjections,
  shardHeads,
} from './multi-head.ts';

/** The names of an attention's four linear layers in a checkpoint: `<name>.weight`, `<name>.bias`. */
export interface AttentionNames {
  readonly query: string;
  readonly key: string;
  readonly value: string;
  readonly output: string;
}

/** The four linear layers of an attention: names, or tensors that several of them may share. */
export type AttentionLayers = Readonly<Record<keyof AttentionNames, LinearLayer>>;

/** Sizes and weights of an attention. */
export interface LoadAttentionOptions extends MultiHeadOptions {
  /** Features of the query's input and of the output. */
  readonly hiddenSize: number;
  readonly heads: number;
  /** Heads of keys and values, a divisor of `heads`. Default `heads`. */
  readonly keyValueHeads?: number;
  /** Features of a head. Default hiddenSize / heads. */
  readonly headDim?: number;
  /** See `LinearSource`; for the query, key and value projections. */
  readonly minBits?: 8;
  /** See `HeadShard`. Default false. */
  readonly projectsAllHeads?: boolean;
  /** Which layers have a bias. Default: all that the checkpoint's names give one. */
  readonly biases?: Readonly<Partial<Record<keyof AttentionNames, boolean>>>;
}

/** Sizes of a cross-attention. */
export interface LoadCrossAttentionOptions extends LoadAttentionOptions {
  /** Features of the input that keys are projected from. Default hiddenSize. */
  readonly keySize?: number;
  /** Features of the input that values are projected from. Default hiddenSize. */
  readonly valueSize?: number;
}

/** Self-attention: queries, keys and values are projected from one input in one matmul. */
export async function loadSelfAttention(
  loader: WeightLoader,
  name: string,
  layers: AttentionLayers,
  options: LoadAttentionOptions,
): Promise<MultiHead> {
  const shard = headShardOf(loader, options);
  if (isEmpty(shard)) return emptyShard(loader, name, layers, shard, options);
  const { heads, keyValueHeads = heads } = options;
  const all = (count: number) => ({ from: 0, to: count * headDimOf(options) });
  const queryFeatures = shard.projectsAllHeads ? all(heads) : shard.queryFeatures;
  const keyFeatures = shard.projectsAllHeads ? all(keyValueHeads) : shard.keyFeatures;
  const weights = await loader.linear({
    parts: Object.values(inputParts(layers, shard, options)),
    inFeatures: options.hiddenSize,
    ...(options.minBits && { minBits: options.minBits }),
  });
  const projections = new FusedProjections(
    weights,
    queryFeatures.to - queryFeatures.from,
    keyFeatures.to - keyFeatures.from,
  );
  const output = await loadOutput(loader, layers, shard, options);
  return new MultiHead(name, shard, { projections, output }, options);
}

/** Attention with separate inputs of queries, keys and values. Keys and values can be projected once and cached. */
export async function loadCrossAttention(
  loader: WeightLoader,
  name: string,
  layers: AttentionLayers,
  options: LoadCrossAttentionOptions,
): Promise<MultiHead<SeparateProjections>> {
  const shard = headShardOf(loader, options);
  if (isEmpty(shard)) return emptyShard(loader, name, layers, shard, options);
  const { hiddenSize, keySize = hiddenSize, valueSize = hiddenSize, minBits } = options;
  const { query, key, value } = inputParts(layers, shard, options);
  const load = (part: LinearPart, inFeatures: number) =>
    loader.linear({ parts: [part], inFeatures, ...(minBits && { minBits }) });
  const projections = new SeparateProjections(
    await load(query, hiddenSize),
    await load(key, keySize),
    await load(value, valueSize),
  );
  const output = await loadOutput(loader, layers, shard, options);
  return new MultiHead(name, shard, { projections, output }, options);
}

/**
 * The layers of PyTorch's `nn.MultiheadAttention` under `prefix`: `in_proj_weight` `[hiddenSize + 2 · keyWidth, hiddenSize]` has the rows of
 * queries, keys and values below one another, or with `separate` they are in `q_proj_weight`, `k_proj_weight` and `v_proj_weight`, which is so
 * where `kdim` or `vdim` differ from `embedDim`; `in_proj_bias` has all three biases; `out_proj.weight`, `out_proj.bias`.
 * https://pytorch.org/docs/stable/generated/torch.nn.MultiheadAttention.html
 */
export function torchAttentionLayers(
  prefix: string,
  sizes: { hiddenSize: number; heads: number; keyValueHeads?: number; bias?: boolean; separate?: boolean },
): AttentionLayers {
  const { hiddenSize, heads, keyValueHeads = heads, bias = true, separate = false } = sizes;
  const keyWidth = (hiddenSize / heads) * keyValueHeads;
  const totalRows = hiddenSize + 2 * keyWidth;
  const input = (letter: string, firstRow: number): LinearLayer => {
    const packed = (tensor: string): StoredRows => ({ tensor: `${prefix}${tensor}`, firstRow, totalRows });
    return {
      weight: separate ? `${prefix}${letter}_proj_weight` : packed('in_proj_weight'),
      ...(bias && { bias: packed('in_proj_bias') }),
    };
  };
  return {
    query: input('q', 0),
    key: input('k', hiddenSize),
    value: input('v', hiddenSize + keyWidth),
    output: {
      weight: `${prefix}out_proj.weight`,
      ...(bias && { bias: `${prefix}out_proj.bias` }),
    },
  };
}

/** The weights that {@link torchAttentionLayers} names, with PyTorch's initial values: projections Xavier-uniform, biases 0. */
export function torchAttentionSpecs(sizes: {
  hiddenSize: number;
  heads: number;
  keyValueHeads?: number;
  keySize?: number;
  valueSize?: number;
  bias?: boolean;
}): WeightSpecs {
  const { hiddenSize, heads, keyValueHeads = heads, bias = true } = sizes;
  const { keySize = hiddenSize, valueSize = hiddenSize } = sizes;
  const keyWidth = (hiddenSize / heads) * keyValueHeads;
  const rows = hiddenSize + 2 * keyWidth;
  const separate = keySize !== hiddenSize || valueSize !== hiddenSize;
  const { weight } = linearSpecs('', [hiddenSize, hiddenSize]);
  return {
    ...(separate
      ? {
          q_proj_weight: xavierUniform(hiddenSize, hiddenSize),
          k_proj_weight: xavierUniform(keyWidth, keySize),
          v_proj_weight: xavierUniform(keyWidth, valueSize),
        }
      : { in_proj_weight: xavierUniform(rows, hiddenSize) }),
    ...(bias && { in_proj_bias: { shape: [rows], init: filled(0) } }),
    'out_proj.weight': weight!,
    ...(bias && { 'out_proj.bias': { shape: [hiddenSize], init: filled(0) } }),
  };
}

function headDimOf({ hiddenSize, heads, headDim = hiddenSize / heads }: LoadAttentionOptions): number {
  return headDim;
}

function headShardOf(loader: WeightLoader, options: LoadAttentionOptions): HeadShard {
  const { heads, keyValueHeads = heads } = options;
  const shard = shardHeads(heads, keyValueHeads, headDimOf(options), loader.shard);
  return options.projectsAllHeads ? { ...shard, projectsAllHeads: true } : shard;
}

function isEmpty({ queryFeatures }: HeadShard): boolean {
  return queryFeatures.from === queryFeatures.to;
}

/** The attention of a shard without heads, which adds nothing to the sum over shards. */
function emptyShard(
  loader: WeightLoader,
  name: string,
  layers: AttentionLayers,
  shard: HeadShard,
  options: MultiHeadOptions,
): MultiHead<SeparateProjections> {
  loader.skip([layers.query, layers.key, layers.value, layers.output]);
  return new MultiHead(name, shard, undefined, options);
}

function inputParts(layers: AttentionLayers, shard: HeadShard, options: LoadAttentionOptions) {
  const { heads, keyValueHeads = heads, biases } = options;
  const headDim = headDimOf(options);
  const part = (role: 'query' | 'key' | 'value'): LinearPart => ({
    layer: layers[role],
    outFeatures: (role === 'query' ? heads : keyValueHeads) * headDim,
    ...(!(shard.projectsAllHeads && role !== 'value') && {
      rows: role === 'query' ? shard.queryFeatures : shard.keyFeatures,
    }),
    bias: biases?.[role] === false ? 'none' : 'own',
  });
  return { query: part('query'), key: part('key'), value: part('value') };
}

function loadOutput(
  loader: WeightLoader,
  layers: AttentionLayers,
  { queryFeatures }: HeadShard,
  options: LoadAttentionOptions,
) {
  const { hiddenSize, heads, biases } = options;
  // Outputs are summed over shards: only the shard with the first head adds the bias.
  const bias = queryFeatures.from === 0 ? 'own' : 'elsewhere';
  return loader.linear({
    parts: [
      { layer: layers.output, outFeatures: hiddenSize, bias: biases?.output === false ? 'none' : bias },
    ],
    inFeatures: heads * headDimOf(options),
    columns: queryFeatures,
  });
}
