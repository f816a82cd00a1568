import type { Backend, Tensor } from '../../backend/backend.ts';
import { ConfigError, ShapeError } from '../../errors.ts';
import { checkOptions, type OptionNames, requireOptions } from '../../options.ts';
import type { WeightLoader } from '../load/weight-loader.ts';
import type { RotaryEmbedding } from '../positions/rotary.ts';
import { checkArray, type FloatArray, sequencesOf, toRows } from '../torch/float-array.ts';
import { normal, type WeightSpecs } from '../torch/init.ts';
import { type ForwardOptions, Layer } from '../torch/layer.ts';
import { batchFirstShape, swapRows, withShape } from '../torch/layout.ts';
import type { StateDict } from '../torch/state-dict.ts';
import { appendExtraKeys, type ExtraKeys, extraCount } from './extra-keys.ts';
import { loadCrossAttention, torchAttentionLayers, torchAttentionSpecs } from './load-attention.ts';
import { type CausalVariant, checkCausalVariant, type Masks, maskBias, masksWithExtra } from './mask.ts';
import type { MultiHead } from './multi-head.ts';
import { inHeads, pastRows } from './past-rows.ts';

/** Options of {@link MultiHeadAttention}, named as in PyTorch's `nn.MultiheadAttention`. */
export interface MultiHeadAttentionOptions {
  readonly embedDim: number;
  /** A divisor of `embedDim`. */
  readonly numHeads: number;
  /**
   * Heads of keys and values, a divisor of `numHeads`: fewer than `numHeads` is grouped-query attention (Ainslie et al. 2023), 1 is
   * multi-query (Shazeer 2019). The key and value rows of the state dict are those of these heads. Default `numHeads`.
   */
  readonly numKeyValueHeads?: number;
  /** Features of `key`. Default `embedDim`. */
  readonly kdim?: number;
  /** Features of `value`. Default `embedDim`. */
  readonly vdim?: number;
  /** Whether the projections have biases. Default true. */
  readonly bias?: boolean;
  /** Whether a learned key and value, `bias_k` and `bias_v`, follow those of each sequence. Default false. */
  readonly addBiasKv?: boolean;
  /** Whether a key and a value of zeros follow those of each sequence, after the learned ones. Default false. */
  readonly addZeroAttn?: boolean;
  /** Whether inputs and outputs are `[batch, length, features]`; else `[length, batch, features]`. Default true (PyTorch: false). */
  readonly batchFirst?: boolean;
  /** Bound of the scores; see `scaledDotProductAttention`. Default: none. */
  readonly softCap?: number;
  /** Keys before and after a query's position that it sees; ∞ for no limit. Default: all. */
  readonly window?: readonly [left: number, right: number];
  /** Rotary position embedding of queries and keys; positions start at 0 in both. The caller disposes of it. */
  readonly rotary?: RotaryEmbedding;
}

/** Options of one call of {@link MultiHeadAttention.forward}. */
export interface MultiHeadAttentionCall extends Masks, ForwardOptions {
  /** Causal mask: a query sees no keys after its position; see `causalVariant`. Default false. */
  readonly isCausal?: boolean;
  /** Positions of queries among keys, for `isCausal`. Default `upperLeft`. */
  readonly causalVariant?: CausalVariant;
  /**
   * Projected keys and values before those of this call, `[batch, numKeyValueHeads, pastKeys, headDim]` each: the `present` of the call before. The
   * first query is at position `pastKeys`, and there are as many queries as new keys. Masks are of past and new keys.
   */
  readonly past?: { readonly key: FloatArray; readonly value: FloatArray };
  /** Return the attention weights. Default false (PyTorch: true): without them the fused attention can be used. */
  readonly needWeights?: boolean;
  /** Average the weights over heads: `[batch, queries, keys]`. Default false (PyTorch: true). */
  readonly averageAttnWeights?: boolean;
}

const OPTIONS = {
  embedDim: 'count',
  numHeads: 'count',
  numKeyValueHeads: 'count',
  kdim: 'count',
  vdim: 'count',
  bias: 'boolean',
  addBiasKv: 'boolean',
  addZeroAttn: 'boolean',
  batchFirst: 'boolean',
  softCap: 'positive',
  window: 'list',
  rotary: 'object',
} satisfies OptionNames<MultiHeadAttentionOptions>;

const CALL_OPTIONS = {
  hooks: 'object',
  keyPaddingMask: 'object',
  attnMask: 'object',
  isCausal: 'boolean',
  causalVariant: true,
  past: 'object',
  needWeights: 'boolean',
  averageAttnWeights: 'boolean',
} satisfies OptionNames<MultiHeadAttentionCall>;

/** The result, of the type of the inputs. */
export interface MultiHeadAttentionResult<A = FloatArray> {
  /** `[batch, queries, embedDim]`. */
  readonly output: A;
  /** `[batch, heads, queries, keys]`, with `needWeights`: values, which have no gradient. */
  readonly weights?: FloatArray;
  /** Past and new keys and values, with `past`. */
  readonly present?: { readonly key: FloatArray; readonly value: FloatArray };
}

/**
 * Multi-head attention (Vaswani et al. 2017, https://arxiv.org/abs/1706.03762, §3.2.2) with the weights of PyTorch's `nn.MultiheadAttention`: `in_proj_weight` (or
 * `q_proj_weight`, `k_proj_weight`, `v_proj_weight` where `kdim` or `vdim` differ), `in_proj_bias`, `out_proj.weight`, `out_proj.bias`, and with
 * `addBiasKv` `bias_k` and `bias_v`. Inputs without the axis of the batch are one sequence, as are their outputs and weights.
 *
 * ```ts
 * const attention = await MultiHeadAttention.load(backend, stateDict, { embedDim: 512, numHeads: 8 });
 * const { output, weights } = attention.forward(x, x, x, { isCausal: true, needWeights: true });
 * ```
 *
 * Activations for hooks: `attention.{queries,keys,values,scores,weights,context,output}` and
 * `attention.heads.H.{queries,keys,values,scores,weights,context}`.
 */
export class MultiHeadAttention extends Layer {
  readonly #options: Required<Omit<MultiHeadAttentionOptions, 'rotary' | 'softCap' | 'window'>>;
  readonly #limits: Pick<MultiHeadAttentionOptions, 'softCap' | 'window'>;
  readonly #rotary: RotaryEmbedding | undefined;
  #attention: MultiHead | undefined;
  #extra: ExtraKeys = { zeros: false };

  /** Throws `ConfigError` for inconsistent sizes. */
  constructor(options: MultiHeadAttentionOptions) {
    super('MultiHeadAttention');
    requireOptions('MultiHeadAttention', options, OPTIONS);
    const { embedDim, numHeads, numKeyValueHeads = numHeads, rotary, softCap, window } = options;
    checkHeads('MultiHeadAttention', embedDim, numHeads, numKeyValueHeads);
    const { kdim = embedDim, vdim = embedDim, bias = true } = options;
    const { addBiasKv = false, addZeroAttn = false, batchFirst = true } = options;
    this.#options = {
      embedDim,
      numHeads,
      numKeyValueHeads,
      kdim,
      vdim,
      bias,
      addBiasKv,
      addZeroAttn,
      batchFirst,
    };
    this.#limits = { ...(softCap !== undefined && { softCap }), ...(window && { window }) };
    this.#rotary = rotary;
    if ((addBiasKv || addZeroAttn) && (rotary || window)) {
      throw new ConfigError(
        'MultiHeadAttention: addBiasKv and addZeroAttn cannot be given together with rotary or window: their keys have no position',
      );
    }
  }

  /** Throws `ConfigError` for inconsistent sizes, `LoadError` for missing or unknown tensors, `ShapeError` for tensors of another shape. */
  static load(
    backend: Backend,
    stateDict: StateDict,
    options: MultiHeadAttentionOptions,
  ): Promise<MultiHeadAttention> {
    return Layer.loadInto(new MultiHeadAttention(options), backend, stateDict);
  }

  #sizes() {
    const { embedDim, numHeads, numKeyValueHeads, kdim, vdim, bias } = this.#options;
    const heads = { hiddenSize: embedDim, heads: numHeads, keyValueHeads: numKeyValueHeads };
    return { ...heads, keySize: kdim, valueSize: vdim, bias };
  }

  protected override weightSpecs(): WeightSpecs {
    const { addBiasKv } = this.#options;
    const width = this.#keyWidth;
    // PyTorch's `xavier_normal_` of [1, 1, width].
    const init = normal(Math.sqrt(2 / (2 * width)));
    return {
      ...torchAttentionSpecs(this.#sizes()),
      ...(addBiasKv && {
        bias_k: { shape: [1, 1, width], init },
        bias_v: { shape: [1, 1, width], init },
      }),
    };
  }

  /** Features of keys and of values. */
  get #keyWidth(): number {
    const { embedDim, numHeads, numKeyValueHeads } = this.#options;
    return (embedDim / numHeads) * numKeyValueHeads;
  }

  protected override async createWeights(loader: WeightLoader): Promise<void> {
    const { bias, ...sizes } = this.#sizes();
    const { embedDim, kdim, vdim } = this.#options;
    const separate = kdim !== embedDim || vdim !== embedDim;
    const layers = torchAttentionLayers('', { ...sizes, bias, separate });
    const rotary = this.#rotary;
    const { addBiasKv, addZeroAttn } = this.#options;
    const width = this.#keyWidth;
    const learned = async (name: string) => {
      const row = await loader.constant(name, [1, 1, width]);
      return loader.backend.reshape(row, [1, width]);
    };
    this.#extra = {
      ...(addBiasKv && { key: await learned('bias_k'), value: await learned('bias_v') }),
      zeros: addZeroAttn,
    };
    this.#attention = await loadCrossAttention(loader, 'attention', layers, {
      ...sizes,
      ...this.#limits,
      ...(rotary && { rotary }),
      ...((addBiasKv || addZeroAttn) && {
        extend: (backend, keys, values, offsets) =>
          appendExtraKeys(backend, keys, values, offsets, this.#extra),
      }),
    });
  }

  /** `query[batch, queries, embedDim]`, `key[batch, keys, kdim]` and `value[batch, keys, vdim]` → `[batch, queries, embedDim]`. */
  forward(
    query: FloatArray,
    key: FloatArray,
    value: FloatArray,
    call?: MultiHeadAttentionCall,
  ): MultiHeadAttentionResult;
  forward(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    call?: MultiHeadAttentionCall,
  ): MultiHeadAttentionResult<Tensor>;
  forward(
    query: FloatArray | Tensor,
    key: FloatArray | Tensor,
    value: FloatArray | Tensor,
    call: MultiHeadAttentionCall = {},
  ): MultiHeadAttentionResult<FloatArray & Tensor> {
    checkOptions('MultiHeadAttention.forward', call, CALL_OPTIONS);
    const layer = 'MultiHeadAttention';
    const { embedDim, numHeads, numKeyValueHeads, kdim, vdim, batchFirst } = this.#options;
    const isSingle = query.shape.length === 2;
    const isSwapped = !batchFirst && !isSingle;
    const shaped = (x: FloatArray | Tensor) =>
      isSingle || isSwapped ? withShape(x, batchFirstShape(x.shape)) : x;
    const { batch, length: queries, offsets } = sequencesOf(layer, 'query', shaped(query), embedDim);
    const {
      length: newKeys,
      batch: keyBatch,
      offsets: keyOffsets,
    } = sequencesOf(layer, 'key', shaped(key), kdim);
    const values = sequencesOf(layer, 'value', shaped(value), vdim);
    const axes = new Set([query, key, value].map(({ shape }) => shape.length));
    if (keyBatch !== batch || values.batch !== batch || values.length !== newKeys || axes.size > 1) {
      throw new ShapeError(
        `${layer}: query, key and value must agree in batch and keys in length with values, got ${[
          query,
          key,
          value,
        ]
          .map(({ shape }) => `[${shape.join(', ')}]`)
          .join(', ')}`,
      );
    }
    const { isCausal = false, needWeights = false, averageAttnWeights = false } = call;
    const lowerRight = checkCausalVariant(layer, call.causalVariant) === 'lowerRight';
    const headDim = embedDim / numHeads;
    const pastKeys = this.#checkPast(call, [batch, numKeyValueHeads, headDim], queries, newKeys);
    const keys = pastKeys + newKeys;
    const start = lowerRight ? keys - queries : pastKeys;
    const queryStarts = new Int32Array(batch).fill(start);
    const [attention, extra] = [this.#attention!, extraCount(this.#extra)];
    const sizes = { batch, heads: numHeads, queries, keys };
    const given = isSingle ? singleMasks(call) : call;
    const masks = extra ? masksWithExtra(layer, given, sizes, extra, isCausal ? start : undefined) : given;
    const { result, recorded } = this.runOn(
      query,
      offsets,
      call,
      function* (ctx) {
        const { backend } = ctx;
        const bias = maskBias(backend, layer, masks, { ...sizes, keys: keys + extra });
        const rowsOf = (x: FloatArray | Tensor, length: number) => {
          const rows = toRows(backend, x);
          return isSwapped ? swapRows(backend, rows, length, batch) : rows;
        };
        const [q, k] = [rowsOf(query, queries), rowsOf(key, newKeys)];
        const v = value === key ? k : rowsOf(value, newKeys);
        const cached = call.past && pastRows(backend, call.past, newKeys);
        const inputs = {
          query: q,
          key: k,
          value: v,
          ...(cached ? { past: cached } : { keyOffsets }),
          ...(extra ? {} : { causal: isCausal, queryStarts }),
          ...(bias && { bias }),
        };
        const y = yield* attention.forward(ctx, inputs);
        const output = isSwapped ? swapRows(backend, y, batch, queries) : y;
        const presentOf = (x: Tensor) => ({
          data: inHeads(backend.read(x), batch, keys, numKeyValueHeads, headDim),
          shape: [batch, numKeyValueHeads, keys, headDim],
        });
        return {
          output: backend.reshape(output, query.shape),
          ...(cached && { present: { key: presentOf(cached.keys), value: presentOf(cached.values) } }),
        };
      },
      needWeights ? ['attention.weights'] : [],
    );
    const weights = recorded.get('attention.weights');
    const { output, present } = result as unknown as MultiHeadAttentionResult<FloatArray & Tensor>;
    return {
      output,
      ...(weights && {
        weights: withoutBatch(averageAttnWeights ? averageHeads(weights) : toFloatArray(weights), isSingle),
      }),
      ...(present && { present }),
    };
  }

  /** The number of past keys. Throws `ShapeError` for past keys and values of another shape. */
  #checkPast(
    { past }: MultiHeadAttentionCall,
    [batch, heads, headDim]: readonly [number, number, number],
    queries: number,
    newKeys: number,
  ): number {
    if (!past) return 0;
    const layer = 'MultiHeadAttention';
    const length = past.key.shape[2] ?? 0;
    for (const role of ['key', 'value'] as const) {
      checkArray(layer, `past.${role}`, past[role], [batch, heads, length, headDim]);
    }
    if (extraCount(this.#extra) > 0) {
      throw new ConfigError(`${layer}: past cannot be given with addBiasKv or addZeroAttn`);
    }
    if (queries === newKeys) return length;
    throw new ShapeError(
      `${layer}: with past there must be as many queries as new keys, got ${queries} and ${newKeys}`,
    );
  }
}

/** Masks of one sequence: those of a batch of one. */
function singleMasks({ keyPaddingMask, attnMask }: Masks): Masks {
  return {
    ...(attnMask && { attnMask }),
    ...(keyPaddingMask && {
      keyPaddingMask:
        keyPaddingMask.shape.length === 1
          ? { data: keyPaddingMask.data, shape: [1, ...keyPaddingMask.shape] }
          : keyPaddingMask,
    }),
  };
}

function withoutBatch({ data, shape }: FloatArray, isSingle: boolean): FloatArray {
  return isSingle ? { data, shape: shape.slice(1) } : { data, shape };
}

/** Throws `ConfigError` unless `heads` divides `features` and `keyValueHeads` divides `heads`. */
export function checkHeads(layer: string, features: number, heads: number, keyValueHeads = heads): void {
  const whole = [features, heads, keyValueHeads].every((size) => Number.isSafeInteger(size) && size >= 1);
  if (whole && features % heads === 0 && heads % keyValueHeads === 0) return;
  throw new ConfigError(
    `${layer}: features must be a multiple of heads and heads of key-value heads, got ${features}, ${heads} and ${keyValueHeads}`,
  );
}

function toFloatArray({ data, shape }: FloatArray): FloatArray {
  return { data, shape };
}

/** `[batch, heads, queries, keys]` → `[batch, queries, keys]`. */
function averageHeads({ data, shape }: FloatArray): FloatArray {
  const [batch = 0, heads = 0, queries = 0, keys = 0] = shape;
  const size = queries * keys;
  const mean = new Float32Array(batch * size);
  for (let i = 0; i < mean.length; i++) {
    let sum = 0;
    const first = Math.floor(i / size) * heads * size + (i % size);
    for (let head = 0; head < heads; head++) sum += data[first + head * size]!;
    mean[i] = sum / heads;
  }
  return { data: mean, shape: [batch, queries, keys] };
}
