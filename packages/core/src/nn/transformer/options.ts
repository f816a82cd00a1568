import { activationCodes } from '@headwise/kernel';
import type { ActivationName } from '../../backend/backend.ts';
import { ConfigError } from '../../errors.ts';
import { checkOptions, describeValue, type OptionKind, type OptionNames } from '../../options.ts';
import { checkHeads } from '../attention/multi-head-attention.ts';

/** Sizes of a transformer's layers, named and defaulting as in PyTorch's `nn.TransformerEncoderLayer`. */
export interface TransformerLayerOptions {
  /** Features of each token (hidden size). Default 512. */
  readonly dModel?: number;
  /** Attention heads, a divisor of `dModel`. Default 8. */
  readonly nhead?: number;
  /** Units of the feed-forward network. Default 2048. */
  readonly dimFeedforward?: number;
  /** Default `relu`. */
  readonly activation?: ActivationName;
  /** Default 1e-5. */
  readonly layerNormEps?: number;
  /** Normalise the input of each sub-layer (pre-norm) rather than its output plus the residual (post-norm). Default false. */
  readonly normFirst?: boolean;
}

/** Options of a stack of layers. */
export interface TransformerStackOptions extends TransformerLayerOptions {
  /** Default 6 (Vaswani et al. 2017, table 3). */
  readonly numLayers?: number;
  /** Whether there is a layer norm after the last layer (`norm.weight`, `norm.bias`). Default false. */
  readonly norm?: boolean;
}

const LAYER_OPTIONS = {
  dModel: 'count',
  nhead: 'count',
  dimFeedforward: 'count',
  activation: Object.keys(activationCodes),
  layerNormEps: 'notNegative',
  normFirst: 'boolean',
} satisfies OptionNames<TransformerLayerOptions>;

/** The options with defaults. `more` are other options of the layer. Throws `ConfigError` if `nhead` does not divide `dModel`. */
export function layerOptions(
  layer: string,
  options: TransformerLayerOptions,
  more: Readonly<Record<string, OptionKind>> = {},
): Required<TransformerLayerOptions> {
  checkOptions(layer, options, LAYER_OPTIONS, more);
  const {
    dModel = 512,
    nhead = 8,
    dimFeedforward = 2048,
    activation = 'relu',
    layerNormEps = 1e-5,
    normFirst = false,
  } = options;
  checkHeads(layer, dModel, nhead);
  return { dModel, nhead, dimFeedforward, activation, layerNormEps, normFirst };
}

/** Throws `ConfigError` unless `count` is a whole number of at least 1. */
export function checkLayers(layer: string, count: number): void {
  if (Number.isSafeInteger(count) && count >= 1) return;
  throw new ConfigError(
    `${layer}: the number of layers must be a whole number of at least 1, got ${describeValue(count)}`,
  );
}
