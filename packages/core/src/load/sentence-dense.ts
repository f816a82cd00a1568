import { ConfigError } from '../errors.ts';
import type { DenseLayer } from '../models/encoders/pooling.ts';
import { openCheckpoint } from '../weights/checkpoint.ts';
import { toFloat32 } from '../weights/convert.ts';
import type { RepositoryFiles } from '../weights/sources/repository.ts';
import { checkInputName, fileOf, objectOf } from './sentence-values.ts';

/** The activation functions of Dense, by PyTorch's class. */
const ACTIVATIONS: Readonly<Record<string, (x: number) => number>> = {
  Identity: (x) => x,
  Tanh: Math.tanh,
  ReLU: (x) => Math.max(0, x),
  Sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  SiLU: (x) => x / (1 + Math.exp(-x)),
};

/** Reads the module Dense of sentence-transformers in the folder `path`. Rejects with `ConfigError` for values that are not supported. */
export async function readDense(files: RepositoryFiles, path: string): Promise<DenseLayer> {
  const name = fileOf(path, 'config.json');
  const config = objectOf(await files.json(name), name);
  checkInputName(config, path);
  const size = (key: string): number => {
    const value = config[key];
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 1) return value;
    throw new ConfigError(
      `${name}: ${key} must be a whole number of at least 1, got ${JSON.stringify(value)}`,
    );
  };
  const [inFeatures, outFeatures] = [size('in_features'), size('out_features')];
  const {
    activation_function: given = 'torch.nn.modules.activation.Tanh',
    bias = true,
    use_residual: residual = false,
  } = config;
  const className =
    /^torch\.nn\.modules\.\w+\.(\w+)$/.exec(typeof given === 'string' ? given : '')?.[1] ?? '';
  if (!Object.hasOwn(ACTIVATIONS, className)) {
    throw new ConfigError(
      `${name}: activation_function must be one of PyTorch's ${Object.keys(ACTIVATIONS).join(', ')}, got ${JSON.stringify(given)}`,
    );
  }
  const checkpoint = await openCheckpoint(files, fileOf(path, 'model.safetensors'));
  const read = async (tensor: string, shape: readonly number[]): Promise<Float32Array> => {
    const info = checkpoint.info(tensor);
    if (info.shape.length === shape.length && info.shape.every((length, axis) => length === shape[axis])) {
      return toFloat32(await checkpoint.read(tensor));
    }
    throw new ConfigError(
      `${fileOf(path, 'model.safetensors')}: ${tensor} must be [${shape.join(', ')}] by ${name}, is [${info.shape.join(', ')}]`,
    );
  };
  return {
    kind: 'dense',
    inFeatures,
    outFeatures,
    weight: await read('linear.weight', [outFeatures, inFeatures]),
    ...(bias === true && { bias: await read('linear.bias', [outFeatures]) }),
    activation: ACTIVATIONS[className]!,
    ...(residual === true && {
      residual:
        inFeatures === outFeatures
          ? ('identity' as const)
          : await read('residual.weight', [outFeatures, inFeatures]),
    }),
  };
}
