import type { ActivationName } from '../backend/backend.ts';
import { ConfigError } from '../errors.ts';

/** Activation functions by their names in Hugging Face's configurations. */
const names: Readonly<Record<string, ActivationName>> = {
  gelu: 'gelu',
  gelu_new: 'geluTanh',
  gelu_pytorch_tanh: 'geluTanh',
  gelu_fast: 'geluTanh',
  relu: 'relu',
  silu: 'silu',
  swish: 'silu',
  tanh: 'tanh',
};

/** Throws `ConfigError` for an unknown name. */
export function activationByName(name: string): ActivationName {
  const activation = Object.hasOwn(names, name) ? names[name] : undefined;
  if (activation) return activation;
  throw new ConfigError(
    `config.json: activation must be one of ${Object.keys(names).join(', ')}, got ${JSON.stringify(name)}`,
  );
}
