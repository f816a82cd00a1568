import type { TensorOrigin } from '../types.ts';
import type { QuantizedType } from './rows.ts';
import { quantizedError } from './rules.ts';

/** The value of `quant_method`. */
export const METHOD = 'headwise';
const VERSION = 1;
const DTYPES: readonly string[] = ['f32', 'f16', 'q8', 'q4'];

type SavedType = NonNullable<TensorOrigin['savedAs']>;

/** A matrix of which the file has quantised rows. */
export interface QuantizedTensor {
  /** Of the rows: `[outFeatures, inFeatures]`. */
  readonly shape: readonly [rows: number, columns: number];
  readonly types: readonly QuantizedType[];
  /** Whether the model's tensor is the transpose of the rows. */
  readonly transposed: boolean;
}

/** `quantization_config` of config.json. */
export interface QuantizedConfig {
  readonly dtype: SavedType;
  readonly tensors: ReadonlyMap<string, QuantizedTensor>;
}

/** Reads `quantization_config`. Throws `FormatError` with `quantized-config` for anything that {@link writeQuantizedConfig} does not write. */
export function readQuantizedConfig(json: unknown): QuantizedConfig {
  const { quant_method, version, dtype, tensors, ...rest } = objectOf(json, 'quantization_config');
  if (quant_method !== METHOD) throw invalid('quant_method', `"${METHOD}"`, quant_method);
  if (version !== VERSION)
    throw invalid('version', `${VERSION}; a newer version of Headwise may read others`, version);
  if (typeof dtype !== 'string' || !DTYPES.includes(dtype)) throw invalid('dtype', DTYPES.join(', '), dtype);
  noOthers('quantization_config', rest);
  const entries = Object.entries(objectOf(tensors, 'tensors'));
  return {
    dtype: dtype as SavedType,
    tensors: new Map(
      entries.map(([name, value]) => [name, tensorOf(`tensors[${JSON.stringify(name)}]`, value)]),
    ),
  };
}

/** The entry `quantization_config`. */
export function writeQuantizedConfig({ dtype, tensors }: QuantizedConfig): Record<string, unknown> {
  return {
    quant_method: METHOD,
    version: VERSION,
    dtype,
    tensors: Object.fromEntries(
      [...tensors].map(([name, { shape, types, transposed }]) => [
        name,
        { shape, types, ...(transposed && { transposed }) },
      ]),
    ),
  };
}

function tensorOf(name: string, value: unknown): QuantizedTensor {
  const { shape, types, transposed = false, ...rest } = objectOf(value, name);
  const isSize = (size: unknown) => Number.isSafeInteger(size) && (size as number) >= 1;
  if (!Array.isArray(shape) || shape.length !== 2 || !shape.every(isSize) || !isSize(shape[0] * shape[1]))
    throw invalid(`${name}.shape`, '[rows, columns]', shape);
  const isType = (type: unknown) => type === 'q8' || type === 'q4';
  if (
    !Array.isArray(types) ||
    types.length === 0 ||
    !types.every(isType) ||
    new Set(types).size < types.length
  )
    throw invalid(`${name}.types`, '["q8"], ["q4"] or both', types);
  if (typeof transposed !== 'boolean') throw invalid(`${name}.transposed`, 'true or false', transposed);
  noOthers(name, rest);
  return { shape: shape as unknown as [number, number], types: types as QuantizedType[], transposed };
}

function objectOf(value: unknown, name: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as never;
  throw invalid(name, 'an object', value);
}

function noOthers(name: string, rest: object): void {
  const [other] = Object.keys(rest);
  if (other !== undefined) throw invalid(`${name}.${other}`, 'left out: it is unknown', rest[other as never]);
}

function invalid(name: string, expected: string, value: unknown) {
  return quantizedError(
    'quantized-config',
    `config.json: quantization_config: ${name} must be ${expected}, got ${JSON.stringify(value)?.slice(0, 80) ?? 'nothing'}`,
  );
}
