import type { Backend, Tensor } from '../../backend/backend.ts';
import { ConfigError, ShapeError } from '../../errors.ts';
import type { WeightLoader } from '../load/weight-loader.ts';
import type { RotaryEmbedding } from '../positions/rotary.ts';
import { type FloatArray, sequencesOf, toRows } from '../torch/float-array.ts';
import type { WeightSpecs } from '../torch/init.ts';
import { type ForwardOptions, Layer } from '../torch/layer.ts';
import type { StateDict } from '../torch/state-dict.ts';
import { loadCrossAttention, torchAttentionLayers, torchAttentionSpecs } from './load-attention.ts';
import { type CausalVariant, checkCausalVariant, type Masks, maskBias } from './mask.ts';
import type { MultiHead } from './multi-head.ts';

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
  /** Rotary position embedding of queries and keys; positions start at 0 in both. The caller disposes of it. */
  readonly rotary?: RotaryEmbedding;
}

/** Options of one call of {@link MultiHeadAttention.forward}. */
export interface MultiHeadAttentionCall extends Masks, ForwardOptions {
  /** Causal mask: a query sees no keys after its position; see `causalVariant`. Default false. */
  readonly isCausal?: boolean;
  /** Positions of queries among keys, for `isCausal`. Default `upperLeft`. */
  readonly causalVariant?: CausalVariant;
  /** Return the attention weights. Default false (PyTorch: true): without them the fused attention can be used. */
  readonly needWeights?: boolean;
  /** Average the weights over heads: `[batch, queries, keys]`. Default false (PyTorch: true). */
  readonly averageAttnWeights?: boolean;
}

/** The result, of the type of the inputs. */
export interface MultiHeadAttentionResult<A = FloatArray> {
  /** `[batch, queries, embedDim]`. */
  readonly output: A;
  /** `[batch, heads, queries, keys]`, with `needWeights`: values, which have no gradient. */
  readonly weights?: FloatArray;
}

/**
 * Multi-head attention (Vaswani et al. 2017, https://arxiv.org/abs/1706.03762, §3.2.2) with the weights of PyTorch's `nn.MultiheadAttention`: `in_proj_weight` (or
 * `q_proj_weight`, `k_proj_weight`, `v_proj_weight` where `kdim` or `vdim` differ), `in_proj_bias`, `out_proj.weight`, `out_proj.bias`. Inputs
 * are always batch-first.
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
  readonly #options: Required<Omit<MultiHeadAttentionOptions, 'rotary'>>;
  readonly #rotary: RotaryEmbedding | undefined;
  #attention: MultiHead | undefined;

  /** Throws `ConfigError` for inconsistent sizes. */
  constructor(options: MultiHeadAttentionOptions) {
    super('MultiHeadAttention');
    const { embedDim, numHeads, numKeyValueHeads = numHeads, rotary } = options;
    checkHeads('MultiHeadAttention', embedDim, numHeads, numKeyValueHeads);
    const { kdim = embedDim, vdim = embedDim, bias = true } = options;
    this.#options = { embedDim, numHeads, numKeyValueHeads, kdim, vdim, bias };
    this.#rotary = rotary;
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
    return torchAttentionSpecs(this.#sizes());
  }

  protected override async createWeights(loader: WeightLoader): Promise<void> {
    const { bias, ...sizes } = this.#sizes();
    const { embedDim, kdim, vdim } = this.#options;
    const separate = kdim !== embedDim || vdim !== embedDim;
    const layers = torchAttentionLayers('', { ...sizes, bias, separate });
    const rotary = this.#rotary;
    this.#attention = await loadCrossAttention(loader, 'attention', layers, {
      ...sizes,
      ...(rotary && { rotary }),
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
    const layer = 'MultiHeadAttention';
    const { embedDim, numHeads, kdim, vdim } = this.#options;
    const { batch, length: queries, offsets } = sequencesOf(layer, 'query', query, embedDim);
    const { length: keys, batch: keyBatch, offsets: keyOffsets } = sequencesOf(layer, 'key', key, kdim);
    const values = sequencesOf(layer, 'value', value, vdim);
    if (keyBatch !== batch || values.batch !== batch || values.length !== keys) {
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
    const queryStarts = new Int32Array(batch).fill(lowerRight ? keys - queries : 0);
    const attention = this.#attention!;
    const { result, recorded } = this.runOn(
      query,
      offsets,
      call,
      function* (ctx) {
        const { backend } = ctx;
        const bias = maskBias(backend, layer, call, { batch, heads: numHeads, queries, keys });
        const [q, k] = [toRows(backend, query), toRows(backend, key)];
        const v = value === key ? k : toRows(backend, value);
        const inputs = {
          query: q,
          key: k,
          value: v,
          keyOffsets,
          causal: isCausal,
          queryStarts,
          ...(bias && { bias }),
        };
        return backend.reshape(yield* attention.forward(ctx, inputs), [batch, queries, embedDim]);
      },
      needWeights ? ['attention.weights'] : [],
    );
    const weights = recorded.get('attention.weights');
    return {
      output: result,
      ...(weights && { weights: averageAttnWeights ? averageHeads(weights) : toFloatArray(weights) }),
    };
  }
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
