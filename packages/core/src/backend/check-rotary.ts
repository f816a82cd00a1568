import { ShapeError } from '../errors.ts';
import type { RotaryOptions, Tensor } from './backend.ts';
import { checkMatrix } from './check.ts';

/** Sizes of a rotation; `half` is the number of pairs of features that are turned in each head. */
export function checkRotary(
  x: Tensor,
  table: Tensor,
  positions: Int32Array,
  { heads }: RotaryOptions,
): { rows: number; headDim: number; half: number } {
  const { rows, features } = checkMatrix('rotary', 'input', x);
  const { rows: known, features: turned } = checkMatrix('rotary', 'table', table);
  if (!(Number.isSafeInteger(heads) && heads >= 1 && features % heads === 0)) {
    throw new ShapeError(`rotary: ${features} features do not divide into ${heads} heads`);
  }
  const headDim = features / heads;
  if (turned % 2 !== 0 || turned > headDim) {
    throw new ShapeError(
      `rotary: a table must turn an even number of features, at most the ${headDim} of a head, got ${turned}`,
    );
  }
  if (positions.length !== rows) {
    throw new ShapeError(`rotary: ${rows} rows need as many positions, got ${positions.length}`);
  }
  const outside = positions.findIndex((position) => position < 0 || position >= known);
  if (outside >= 0) {
    throw new ShapeError(
      `rotary: positions must lie in 0 … ${known - 1}, got ${positions[outside]} at index ${outside}`,
    );
  }
  return { rows, headDim, half: turned / 2 };
}
