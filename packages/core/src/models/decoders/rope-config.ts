import { ConfigError } from '../../errors.ts';
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
}

/**
 * Reads `rope_theta`, `rope_scaling`, `partial_rotary_factor` and `rope_interleave`; newer files have the first three in `rope_parameters`. Throws
 * `ConfigError` for unsupported scaling.
 */
export function readRotary(reader: ConfigReader, headDim: number): RotarySettings {
  const parameters = reader.object('rope_parameters');
  const scaling = parameters ?? reader.object('rope_scaling');
  if (parameters?.has('full_attention') || parameters?.has('sliding_attention')) {
    throw new ConfigError('config.json: rope_parameters must be the same for all layers');
  }
  const from = parameters?.has('rope_theta') ? parameters : reader;
  const factor = (parameters?.has('partial_rotary_factor') ? parameters : reader).number(
    'partial_rotary_factor',
    1,
  );
  const rotaryDim = Math.trunc(headDim * factor);
  if (rotaryDim < 2 || rotaryDim > headDim || rotaryDim % 2 !== 0) {
    throw new ConfigError(
      `config.json: partial_rotary_factor must give an even number of rotary features from 2 to head_dim ${headDim}, got ${rotaryDim}`,
    );
  }
  return {
    ropeTheta: from.number('rope_theta', 10_000),
    rotaryDim,
    ropeScaling: scaling && readScaling(scaling),
    rotaryLayout: reader.flag('rope_interleave', false) ? 'interleaved' : 'half',
  };
}

function readScaling(scaling: ConfigReader): RotaryScaling | undefined {
  const type = scaling.text('rope_type', scaling.text('type', 'default'));
  switch (type) {
    case 'default':
      return undefined;
    case 'linear':
      return { ropeType: 'linear', factor: scaling.number('factor') };
    case 'llama3':
      return {
        ropeType: 'llama3',
        factor: scaling.number('factor'),
        lowFreqFactor: scaling.number('low_freq_factor'),
        highFreqFactor: scaling.number('high_freq_factor'),
        originalMaxPositionEmbeddings: scaling.size('original_max_position_embeddings'),
      };
    default:
      throw new ConfigError(
        `config.json: rope_type must be one of default, linear, llama3, got ${JSON.stringify(type)}`,
      );
  }
}
