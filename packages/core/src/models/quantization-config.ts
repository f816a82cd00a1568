import { ConfigError } from '../errors.ts';
import { Int8Checkpoint } from '../weights/compressed-tensors.ts';
import { QuantizedCheckpoint } from '../weights/quantized/checkpoint.ts';
import { METHOD, readQuantizedConfig } from '../weights/quantized/config.ts';
import type { Checkpoint } from '../weights/types.ts';
import { ConfigReader } from './config.ts';

/** A model's configuration and its weights. */
export interface ConfiguredCheckpoint {
  /** config.json, parsed. */
  readonly configJson: unknown;
  readonly checkpoint: Checkpoint;
}

/** The formats of compressed-tensors that store each weight in an integer of its own. */
const FORMATS = ['int-quantized', 'naive-quantized'];

/**
 * The weights of a quantised checkpoint as floats, and its configuration without `quantization_config`. Supported are what `saveModel` writes, whose
 * quantised rows are loaded as they are, and compressed-tensors with
 * symmetric 8-bit integers and one scale for each output feature (strategy `channel`); activations are not quantised.
 *
 * Throws `ConfigError` with the name and the value in the file for other methods, formats, bits, strategies and quantised activations, and as
 * {@link Int8Checkpoint} does for tensors that do not fit.
 */
export function withoutQuantization({ configJson, checkpoint }: ConfiguredCheckpoint): ConfiguredCheckpoint {
  const reader = new ConfigReader(configJson).object('quantization_config');
  if (!reader) return { configJson, checkpoint };
  const method = reader.raw('quant_method');
  const { quantization_config: own, ...rest } = configJson as Record<string, unknown>;
  if (method === METHOD) {
    return { configJson: rest, checkpoint: new QuantizedCheckpoint(checkpoint, readQuantizedConfig(own)) };
  }
  if (method !== 'compressed-tensors') {
    throw new ConfigError(
      `config.json: quantization_config.quant_method must be compressed-tensors, got ${JSON.stringify(method) ?? 'nothing'}; load the repository that the model was quantised from, with the option dtype: 'q8' or 'q4', or a GGUF file of it`,
    );
  }
  requireValue(reader, 'format', FORMATS);
  requireValue(reader, 'quantization_status', ['compressed'], true);
  for (const name of ['kv_cache_scheme', 'sparsity_config', 'transform_config']) requireAbsent(reader, name);
  for (const group of groupsOf(reader)) {
    requireValue(group, 'format', FORMATS, true);
    for (const name of ['input_activations', 'output_activations']) requireAbsent(group, name);
    checkWeights(group.object('weights'), reader);
  }
  return { configJson: rest, checkpoint: new Int8Checkpoint(checkpoint) };
}

function groupsOf(reader: ConfigReader): ConfigReader[] {
  const groups = reader.raw('config_groups');
  if (typeof groups === 'object' && groups !== null && !Array.isArray(groups)) {
    return Object.entries(groups).map(
      ([name, group]) => new ConfigReader(group, `quantization_config.config_groups.${name}.`),
    );
  }
  throw unsupported('quantization_config.config_groups', groups, ['an object']);
}

function checkWeights(weights: ConfigReader | undefined, reader: ConfigReader): void {
  if (!weights)
    throw unsupported('quantization_config.config_groups', reader.raw('config_groups'), ['weights']);
  requireValue(weights, 'num_bits', [8]);
  requireValue(weights, 'type', ['int']);
  requireValue(weights, 'symmetric', [true], true);
  requireValue(weights, 'strategy', ['channel']);
  requireValue(weights, 'group_size', [-1], true);
  requireValue(weights, 'dynamic', [false], true);
  requireAbsent(weights, 'block_structure');
  requireAbsent(weights, 'actorder');
}

/** Throws `ConfigError` unless the value is one of `supported`, or missing if it is `optional`. */
function requireValue(
  reader: ConfigReader,
  name: string,
  supported: readonly unknown[],
  optional = false,
): void {
  const value = reader.raw(name);
  if (supported.includes(value) || (optional && !reader.has(name))) return;
  throw unsupported(reader.path(name), value, supported);
}

/** Throws `ConfigError` if the file has the value and it is not null or an empty object. */
function requireAbsent(reader: ConfigReader, name: string): void {
  const value = reader.raw(name);
  if (!reader.has(name) || JSON.stringify(value) === '{}') return;
  throw unsupported(reader.path(name), value, ['null']);
}

function unsupported(name: string, value: unknown, supported: readonly unknown[]): ConfigError {
  const expected = supported.map((one) => (typeof one === 'string' ? one : JSON.stringify(one))).join(' or ');
  return new ConfigError(
    `config.json: ${name} must be ${expected}, got ${JSON.stringify(value)?.slice(0, 80) ?? 'nothing'}`,
  );
}
