import { ConfigError } from '../errors.ts';
import type { ConfiguredCheckpoint } from '../models/quantization-config.ts';

interface Quantization {
  readonly quantization_config?: object | null;
  readonly quantization?: object | null;
}

/**
 * The weights of a model as floats, and its configuration without `quantization_config`; both as they are if it has none. What quantised weights
 * need is imported on demand.
 */
export async function readQuantized<Files extends ConfiguredCheckpoint>(files: Files): Promise<Files> {
  const { quantization_config: config, quantization } = (files.configJson ?? {}) as Quantization;
  const mlx =
    quantization ?? (config && !('quant_method' in config) && 'group_size' in config ? config : undefined);
  if (mlx) {
    throw new ConfigError(
      `config.json: quantization ${JSON.stringify(mlx).slice(0, 80)} of MLX is not supported; load the model that it was made from`,
    );
  }
  if (config === undefined || config === null) return files;
  const { withoutQuantization } = await import('../models/quantization-config.ts');
  return { ...files, ...withoutQuantization(files) };
}
