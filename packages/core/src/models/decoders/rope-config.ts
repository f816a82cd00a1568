import { ConfigError } from '../../errors.ts';
import type { RotaryEmbeddingOptions } from '../../nn/positions/rotary.ts';
import type { RotaryScaling } from '../../nn/positions/rotary-scaling.ts';
import type { ConfigReader } from '../config.ts';

/** Rotary position embedding of a model. Structured-cloneable. */
export interface RotarySettings {
  /** Base of the frequencies (`rope_theta`). */
  readonly ropeTheta: number;
  /** Features of each head that are rotated. */
  readonly rotaryDim: number;
  readonly ropeScaling: RotaryScaling | undefined;
  /**
   * Which features form a pair; see the backend's `RotaryOptions`. `half` in Hugging Face's checkpoints; `interleaved` in llama2.c's and in GGUF
   * files of Llama, whose rows of queries and keys are permuted (`rope_interleave` in a config.json).
   */
  readonly rotaryLayout: 'half' | 'interleaved';
  /** The longest sequence for which the scaling is the same for all tokens. Default: no limit. */
  readonly rotaryLimit?: number;
}

/** What an architecture's configuration has by default, and under other names. */
export interface RotaryDefaults {
  /** `max_position_embeddings`. */
  readonly contextLength: number;
  /** `original_max_position_embeddings`. Default `contextLength`. */
  readonly originalContext?: number;
  /** Default 10000. */
  readonly theta?: number;
  /** Default `rope_theta`. */
  readonly thetaName?: string;
  /** Default 1. */
  readonly partial?: number;
  /** Default `partial_rotary_factor`. */
  readonly partialName?: string;
  readonly layout?: 'half' | 'interleaved';
  /** The nested object with the values of newer files, if it is not the whole of `rope_parameters`. */
  readonly within?: string;
  /** Whether `rope_scaling` is of these layers. Default true. */
  readonly scaled?: boolean;
  /** Names of scaling that mean LongRoPE (Phi-3). */
  readonly longRopeNames?: readonly string[];
}

/**
 * Reads `rope_theta`, `rope_scaling`, `partial_rotary_factor` and `rope_interleave`; newer files have the first three in `rope_parameters`. Throws
 * `ConfigError` for unsupported scaling.
 */
export function readRotary(reader: ConfigReader, headDim: number, defaults: RotaryDefaults): RotarySettings {
  const { thetaName = 'rope_theta', partialName = 'partial_rotary_factor', scaled = true } = defaults;
  let parameters = reader.object('rope_parameters');
  if (parameters?.has('full_attention') || parameters?.has('sliding_attention')) {
    if (defaults.within === undefined) {
      throw new ConfigError('config.json: rope_parameters must be the same for all layers');
    }
    parameters = parameters.object(defaults.within);
  }
  const scaling = parameters ?? (scaled ? reader.object('rope_scaling') : undefined);
  const numberOf = (name: string, other: string, fallback: number) =>
    parameters?.has(name) ? parameters.number(name) : reader.number(other, fallback);
  const rotaryDim = Math.trunc(
    headDim * numberOf('partial_rotary_factor', partialName, defaults.partial ?? 1),
  );
  if (rotaryDim < 2 || rotaryDim > headDim || rotaryDim % 2 !== 0) {
    throw new ConfigError(
      `config.json: ${partialName} must give an even number of rotary features from 2 to head_dim ${headDim}, got ${rotaryDim}`,
    );
  }
  const interleaved = reader.flag('rope_interleave', defaults.layout === 'interleaved');
  return {
    ropeTheta: numberOf('rope_theta', thetaName, defaults.theta ?? 10_000),
    rotaryDim,
    rotaryLayout: interleaved ? 'interleaved' : 'half',
    ...(scaling ? readScaling(reader, scaling, defaults, rotaryDim) : { ropeScaling: undefined }),
  };
}

/** The options of the embedding. */
export function rotaryOptions(settings: RotarySettings, maxPositions: number): RotaryEmbeddingOptions {
  return {
    dim: settings.rotaryDim,
    maxPositions,
    theta: settings.ropeTheta,
    layout: settings.rotaryLayout,
    ...(settings.ropeScaling && { scaling: settings.ropeScaling }),
  };
}

/** The context length, at most the longest that the rotary embedding allows. */
export function limitedContext(contextLength: number, { rotaryLimit }: RotarySettings): number {
  return Math.min(contextLength, rotaryLimit ?? contextLength);
}

type Scaling = Pick<RotarySettings, 'ropeScaling' | 'rotaryLimit'>;

function readScaling(
  reader: ConfigReader,
  scaling: ConfigReader,
  { contextLength, originalContext, longRopeNames = [] }: RotaryDefaults,
  rotaryDim: number,
): Scaling {
  const named = scaling.text('rope_type', scaling.text('type', 'default'));
  const type = longRopeNames.includes(named) ? 'longrope' : named;
  const name = 'original_max_position_embeddings';
  // A value beside the scaling comes before the one within, as in Transformers.
  const original = () =>
    reader.has(name) ? reader.size(name) : scaling.size(name, originalContext ?? contextLength);
  switch (type) {
    case 'default':
      return { ropeScaling: undefined };
    case 'linear':
      return { ropeScaling: { ropeType: 'linear', factor: scaling.number('factor') } };
    case 'dynamic':
      scaling.number('factor');
      // Dynamic NTK scaling begins beyond max_position_embeddings, and then depends on the length of the whole text.
      return { ropeScaling: undefined, rotaryLimit: contextLength };
    case 'llama3':
      return {
        ropeScaling: {
          ropeType: 'llama3',
          factor: scaling.number('factor'),
          lowFreqFactor: scaling.number('low_freq_factor'),
          highFreqFactor: scaling.number('high_freq_factor'),
          originalMaxPositionEmbeddings: original(),
        },
      };
    case 'yarn':
      return { ropeScaling: readYarn(scaling, original(), contextLength) };
    case 'longrope':
      return readLongRope(scaling, original(), contextLength, rotaryDim);
    default:
      throw new ConfigError(
        `config.json: rope_type must be one of default, linear, dynamic, llama3, yarn, longrope, got ${JSON.stringify(type)}`,
      );
  }
}

function readYarn(scaling: ConfigReader, original: number, contextLength: number): RotaryScaling {
  const factor = scaling.number('factor', contextLength / original);
  // 0 counts as missing, as in Python.
  const optional = (name: string) => (scaling.has(name) ? scaling.number(name) || undefined : undefined);
  const [mscale, all] = [optional('mscale'), optional('mscale_all_dim')];
  const scaleOf = (m: number) => (factor <= 1 ? 1 : 0.1 * m * Math.log(factor) + 1);
  const attentionFactor =
    optional('attention_factor') ?? (mscale && all ? scaleOf(mscale) / scaleOf(all) : scaleOf(1));
  const [betaFast, betaSlow] = [optional('beta_fast'), optional('beta_slow')];
  return {
    ropeType: 'yarn',
    factor,
    originalMaxPositionEmbeddings: original,
    attentionFactor,
    ...(betaFast !== undefined && { betaFast }),
    ...(betaSlow !== undefined && { betaSlow }),
    ...(!scaling.flag('truncate', true) && { truncate: false }),
  };
}

/**
 * LongRoPE with the factors of short texts. Those of longer texts replace them for all tokens of a text that passes
 * `original_max_position_embeddings`, also for the ones before; that is not implemented, so the context ends there.
 */
function readLongRope(
  scaling: ConfigReader,
  original: number,
  contextLength: number,
  rotaryDim: number,
): Scaling {
  const factors = scaling.raw('short_factor');
  const isFactor = (value: unknown): value is number =>
    typeof value === 'number' && Number.isFinite(value) && value > 0;
  if (!Array.isArray(factors) || factors.length !== rotaryDim / 2 || !factors.every(isFactor)) {
    throw new ConfigError(
      `config.json: ${scaling.path('short_factor')} must be a list of ${rotaryDim / 2} numbers above 0, got ${JSON.stringify(factors)?.slice(0, 80)}`,
    );
  }
  const factor = scaling.has('factor') ? scaling.number('factor') : contextLength / original;
  const attentionFactor = scaling.has('attention_factor')
    ? scaling.number('attention_factor')
    : factor <= 1
      ? 1
      : Math.sqrt(1 + Math.log(factor) / Math.log(original));
  return { ropeScaling: { ropeType: 'longrope', factors, attentionFactor }, rotaryLimit: original };
}
