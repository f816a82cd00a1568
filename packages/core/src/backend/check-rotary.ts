import { ShapeError } from '../errors.ts';
import type { RotaryOptions, Tensor } from './backend.ts';
import { checkMatrix } from './check.ts';

/** Returns the sizes of a rotation; `half` is the number of pairs of features of a head that are rotated. */
export function checkRotary(
  x: Tensor,
  table: Tensor,
  positions: Int32Array,
  { heads }: RotaryOptions,
): { rows: number; headDim: number; half: number } {
  const { rows, features } = checkMatrix('rotary', 'input', x);
  const { rows: maxPositions, features: rotated } = checkMatrix('rotary', 'table', table);
  if (!(Number.isSafeInteger(heads) && heads >= 1 && features % heads === 0)) {
    throw new ShapeError(`rotary: ${features} features do not divide into ${heads} heads`);
  }
  const headDim = features / heads;
  if (rotated % 2 !== 0 || rotated > headDim) {
    throw new ShapeError(
      `rotary: table must have an even number of features, at most the ${headDim} of a head, got ${rotated}`,
    );
  }
  if (positions.length !== rows) {
    throw new ShapeError(
      `rotary: positions must have ${rows} values, one for each row, got ${positions.length}`,
    );
  }
  const outside = positions.findIndex((position) => position < 0 || position >= maxPositions);
  if (outside >= 0) {
    throw new ShapeError(
      `rotary: positions must lie in 0 … ${maxPositions - 1}, got ${positions[outside]} at index ${outside}`,
    );
  }
  return { rows, headDim, half: rotated / 2 };
}
