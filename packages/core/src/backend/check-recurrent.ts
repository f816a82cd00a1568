import { ShapeError } from '../errors.ts';
import type { Tensor } from './backend.ts';
import { checkMatrix, formatShape, sameShape } from './check.ts';

// Argument checks of the recurrent gates, for a state `[rows, hiddenSize]`.

interface StateSizes {
  rows: number;
  hiddenSize: number;
}

function checkGates(operation: string, role: string, gates: Tensor, count: number, sizes: StateSizes): void {
  const expected = [sizes.rows, count * sizes.hiddenSize];
  if (!sameShape(gates.shape, expected)) {
    throw new ShapeError(
      `${operation}: ${role} must be ${formatShape(expected)} (${count} of ${sizes.hiddenSize} features), got ${formatShape(gates.shape)}`,
    );
  }
}

export function checkLstmGates(gates: Tensor, cell: Tensor): StateSizes {
  const { rows, features: hiddenSize } = checkMatrix('lstmGates', 'cell state', cell);
  checkGates('lstmGates', 'gates', gates, 4, { rows, hiddenSize });
  return { rows, hiddenSize };
}

export function checkGruGates(input: Tensor, hidden: Tensor, state: Tensor): StateSizes {
  const { rows, features: hiddenSize } = checkMatrix('gruGates', 'state', state);
  checkGates('gruGates', 'input gates', input, 3, { rows, hiddenSize });
  checkGates('gruGates', 'hidden gates', hidden, 3, { rows, hiddenSize });
  return { rows, hiddenSize };
}
