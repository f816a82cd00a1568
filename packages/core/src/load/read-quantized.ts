import type { ConfiguredCheckpoint } from '../models/quantization-config.ts';

/**
 * The weights of a model as floats, and its configuration without `quantization_config`; both as they are if it has none. What quantised weights
 * need is imported on demand.
 */
export async function readQuantized<Files extends ConfiguredCheckpoint>(files: Files): Promise<Files> {
  const { quantization_config: config } = (files.configJson ?? {}) as { quantization_config?: unknown };
  if (config === undefined || config === null) return files;
  const { withoutQuantization } = await import('../models/quantization-config.ts');
  return { ...files, ...withoutQuantization(files) };
}
