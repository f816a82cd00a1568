import type { AttentionOptions, Backend, Tensor } from '../../backend/backend.ts';
import { ConfigError, ShapeError } from '../../errors.ts';
import { checkOptions, describeValue, type OptionNames } from '../../options.ts';
import { withScope } from '../run/forward.ts';
import { evenOffsets, type FloatArray } from '../torch/float-array.ts';
import { type CausalVariant, checkCausalVariant, type Mask, type Masks, maskBias } from './mask.ts';

/** Scores at a stage of an attention: times `scale`; then bounded by `softCap`; then with masks, −∞ for excluded keys. */
export type ScoreStage = 'scaled' | 'capped' | 'masked';

const STAGES: readonly ScoreStage[] = ['scaled', 'capped', 'masked'];

/** Options of {@link scaledDotProductAttention}. */
export interface ScaledDotProductOptions extends Masks {
  /** Causal mask: a query sees no keys after its position; see `causalVariant`. Default false. */
  readonly isCausal?: boolean;
  /** Positions of queries among keys, for `isCausal` and `window`. Default `upperLeft`. */
  readonly causalVariant?: CausalVariant;
  /** Keys before and after a query's position that it sees, its own included in neither; ∞ for no limit. Default: all. */
  readonly window?: readonly [left: number, right: number];
  /** Factor on the scores, finite. Default 1/√headDim. */
  readonly scale?: number;
  /** Bounds the scaled scores, before masks are added: softCap · tanh(score / softCap). Above 0. Default: no bound. */
  readonly softCap?: number;
  /**
   * Keys and values before `key` and `value`: `[batch, keyValueHeads, pastKeys, headDim]` and `[batch, keyValueHeads, pastKeys, valueDim]`. The
   * first query is then at position `pastKeys`, and masks are of past and new keys.
   */
  readonly past?: { readonly key: FloatArray; readonly value: FloatArray };
  /**
   * Number of keys of each sequence, `[batch]`: those after it are excluded, and the last query is at the position of the last key. Not together
   * with `past` or `causalVariant`.
   */
  readonly keyLengths?: ArrayLike<number>;
  /** Return the attention weights. Default false. */
  readonly needWeights?: boolean;
  /** Return the scores at a stage. Default: none. */
  readonly needScores?: ScoreStage;
}

export interface ScaledDotProductResult {
  /** `[batch, heads, queries, valueDim]`. */
  readonly output: FloatArray;
  /** `[batch, heads, queries, keys]`, with `needWeights`. */
  readonly weights?: FloatArray;
  /** `[batch, heads, queries, keys]`, with `needScores`. */
  readonly scores?: FloatArray;
  /** Past and new keys and values, with `past`. */
  readonly present?: { readonly key: FloatArray; readonly value: FloatArray };
}

const NAME = 'scaledDotProductAttention';

const OPTIONS = {
  keyPaddingMask: 'object',
  attnMask: 'object',
  isCausal: 'boolean',
  causalVariant: true,
  window: true,
  scale: true,
  softCap: true,
  past: 'object',
  keyLengths: 'object',
  needWeights: 'boolean',
  needScores: true,
} satisfies OptionNames<ScaledDotProductOptions>;

/**
 * softmax(softCap(query · keyᵀ · scale) + masks) · value, as PyTorch's `scaled_dot_product_attention` and ONNX's `Attention`:
 * `query[batch, heads, queries, headDim]`, `key[batch, keyValueHeads, keys, headDim]` and `value[batch, keyValueHeads, keys, valueDim]` →
 * `[batch, heads, queries, valueDim]`. In grouped-query attention, consecutive query heads share a key-value head. Queries without visible keys
 * give zeros (PyTorch: NaN). Throws `ShapeError` for inconsistent shapes and a `scale` that is not finite, `ConfigError` for unknown names.
 */
export function scaledDotProductAttention(
  backend: Backend,
  query: FloatArray,
  newKey: FloatArray,
  newValue: FloatArray,
  options: ScaledDotProductOptions = {},
): ScaledDotProductResult {
  checkOptions(NAME, options, OPTIONS);
  for (const name of ['scale', 'softCap'] as const) {
    const value = options[name];
    if (value !== undefined && !Number.isFinite(value)) {
      throw new ShapeError(`${NAME}: ${name} must be a finite number, got ${describeValue(value)}`);
    }
  }
  const { past, needWeights = false, needScores } = options;
  if (needScores !== undefined && !STAGES.includes(needScores)) {
    throw new ConfigError(
      `${NAME}: needScores must be one of ${STAGES.join(', ')}, got ${JSON.stringify(needScores)}`,
    );
  }
  const key = past ? appended('key', past.key, newKey) : newKey;
  const value = past ? appended('value', past.value, newValue) : newValue;
  const [batch, heads, queries] = sizesOf('query', query);
  const [keyBatch, keyValueHeads, keys] = sizesOf('key', key);
  const [valueBatch, valueHeads, values, valueDim] = sizesOf('value', value);
  if (keyBatch !== batch || valueBatch !== batch || valueHeads !== keyValueHeads || values !== keys) {
    throw new ShapeError(
      `${NAME}: query, key and value must agree in batch, and key and value in heads and length, got ${[
        query,
        key,
        value,
      ]
        .map(({ shape }) => `[${shape.join(', ')}]`)
        .join(', ')}`,
    );
  }
  const queryStarts = startsOf(options, { batch, queries, keys, pastKeys: past?.key.shape[2] ?? 0 });
  const result = withScope(backend, () => {
    const masks = options.keyLengths ? withLengths(options, options.keyLengths, batch, keys) : options;
    const bias = maskBias(backend, NAME, masks, { batch, heads, queries, keys });
    const [q, k, v] = [query, key, value].map((x) => {
      const { data, shape } = swapAxes(x);
      return backend.tensor(data, [shape[0]! * shape[1]!, shape[2]! * shape[3]!]);
    }) as [Tensor, Tensor, Tensor];
    const { scale, softCap, window, isCausal = false } = options;
    const plain: AttentionOptions = {
      heads,
      keyValueHeads,
      queryOffsets: evenOffsets(batch, queries),
      keyOffsets: evenOffsets(batch, keys),
      ...(scale !== undefined && { scale }),
    };
    const capped: AttentionOptions = { ...plain, ...(softCap !== undefined && { softCap }) };
    const masked: AttentionOptions = {
      ...capped,
      causal: isCausal,
      queryStarts,
      ...(window && { window }),
      ...(bias && { bias }),
    };
    const allHeads = Array.from({ length: heads }, (_, head) => head);
    const scores = (stage: AttentionOptions) => backend.attentionScores(q, k, stage, allHeads);
    return {
      context: backend.read(backend.attention(q, k, v, masked)),
      weights: needWeights ? backend.read(backend.softmax(scores(masked))) : undefined,
      scores: needScores && backend.read(scores({ scaled: plain, capped, masked }[needScores])),
    };
  });
  const { weights, scores } = result;
  const shape = [batch, heads, queries, keys];
  return {
    output: swapAxes({ data: result.context, shape: [batch, queries, heads, valueDim] }),
    ...(weights && { weights: { data: weights, shape } }),
    ...(scores && { scores: { data: scores, shape } }),
    ...(past && { present: { key, value } }),
  };
}

/** The position of each sequence's first query among its keys. */
function startsOf(
  { past, keyLengths, causalVariant }: ScaledDotProductOptions,
  { batch, queries, keys, pastKeys }: { batch: number; queries: number; keys: number; pastKeys: number },
): Int32Array {
  const lowerRight = checkCausalVariant(NAME, causalVariant) === 'lowerRight';
  if (!keyLengths) return new Int32Array(batch).fill(lowerRight ? keys - queries : pastKeys);
  if (past || causalVariant !== undefined) {
    throw new ConfigError(`${NAME}: keyLengths cannot be given together with past or causalVariant`);
  }
  const lengths = Array.from(keyLengths);
  if (lengths.length !== batch || !lengths.every((n) => Number.isSafeInteger(n) && n >= 0 && n <= keys)) {
    throw new ShapeError(
      `${NAME}: keyLengths must be ${batch} whole numbers from 0 to ${keys}, got ${lengths.slice(0, 8).join(', ')}`,
    );
  }
  return Int32Array.from(lengths, (length) => length - queries);
}

/** The masks, with the keys after `lengths` excluded. */
function withLengths(masks: Masks, lengths: ArrayLike<number>, batch: number, keys: number): Masks {
  if (masks.keyPaddingMask) {
    throw new ConfigError(`${NAME}: keyLengths and keyPaddingMask cannot both be given`);
  }
  const data = Uint8Array.from({ length: batch * keys }, (_, i) =>
    i % keys >= lengths[Math.floor(i / keys)]! ? 1 : 0,
  );
  const keyPaddingMask: Mask = { data, shape: [batch, keys] };
  return { ...masks, keyPaddingMask };
}

/** `past` and `added` one after another along the length. */
function appended(role: string, past: FloatArray, added: FloatArray): FloatArray {
  const [batch, heads, length, features] = sizesOf(`past.${role}`, past);
  const [addedBatch, addedHeads, addedLength, addedFeatures] = sizesOf(role, added);
  if (batch !== addedBatch || heads !== addedHeads || features !== addedFeatures) {
    throw new ShapeError(
      `${NAME}: past.${role} must be [${addedBatch}, ${addedHeads}, pastKeys, ${addedFeatures}], got [${past.shape.join(', ')}]`,
    );
  }
  const [before, after] = [length * features, addedLength * features];
  const data = new Float32Array(batch * heads * (before + after));
  for (let i = 0; i < batch * heads; i++) {
    data.set(past.data.subarray(i * before, (i + 1) * before), i * (before + after));
    data.set(added.data.subarray(i * after, (i + 1) * after), i * (before + after) + before);
  }
  return { data, shape: [batch, heads, length + addedLength, features] };
}

function sizesOf(role: string, array: FloatArray): readonly [number, number, number, number] {
  if (
    !(
      array?.data instanceof Float32Array &&
      Array.isArray(array.shape) &&
      array.shape.every(Number.isSafeInteger)
    )
  )
    throw new ConfigError(
      `${NAME}: ${role} must be an array with data and shape, got ${describeValue(array)}`,
    );
  const { data, shape } = array;
  const [batch = 0, heads = 0, length = 0, features = 0] = shape;
  if (shape.length !== 4 || data.length !== batch * heads * length * features) {
    throw new ShapeError(
      `${NAME}: ${role} must be [batch, heads, length, features], got [${shape.join(', ')}] of ${data.length} values`,
    );
  }
  return [batch, heads, length, features];
}

/** Swaps the middle axes: `[batch, a, b, features]` → `[batch, b, a, features]`. */
function swapAxes({ data, shape }: FloatArray): FloatArray {
  const [batch = 0, a = 0, b = 0, features = 0] = shape;
  const out = new Float32Array(data.length);
  let from = 0;
  for (let s = 0; s < batch; s++) {
    for (let i = 0; i < a; i++) {
      for (let j = 0; j < b; j++, from += features) {
        out.set(data.subarray(from, from + features), ((s * b + j) * a + i) * features);
      }
    }
  }
  return { data: out, shape: [batch, b, a, features] };
}
