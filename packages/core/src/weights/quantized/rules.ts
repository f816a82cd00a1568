import { FormatError } from '../../errors.ts';

/** What is wrong with weights that `saveModel` is said to have written. */
export type QuantizedRule =
  /** `quantization_config` of config.json does not have the form that docs/quantized-weights.md describes. */
  | 'quantized-config'
  /** A tensor that config.json names is missing. */
  | 'quantized-missing'
  /** A tensor has another shape than config.json says. */
  | 'quantized-shape'
  /** A tensor has another type than its part has. */
  | 'quantized-dtype'
  /** A byte of −128, or a scale that is not finite. */
  | 'quantized-value';

export function quantizedError(rule: QuantizedRule, message: string): FormatError<QuantizedRule> {
  return new FormatError(rule, `${message} (${rule})`);
}
