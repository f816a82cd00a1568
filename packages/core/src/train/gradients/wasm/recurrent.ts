import { addressOf } from '../../memory/wasm-memory.ts';
import type { GradientRules } from '../rules.ts';
import { savedTensor, type TrainingKernel } from './operands.ts';

/** The gradients of the gates of recurrent cells. */
export const recurrentGradients = ({
  training,
}: TrainingKernel): Pick<GradientRules, 'lstmGates' | 'gruGates'> => ({
  lstmGates({ gates, cell, dHidden, dNextCell, dGates, dCell }) {
    const [all, before] = [savedTensor(gates), savedTensor(cell)];
    training.lstmGatesGradient(
      all.address,
      all.stride,
      before.address,
      before.stride,
      addressOf(dHidden),
      dHidden.stride,
      addressOf(dNextCell),
      dNextCell.stride,
      dGates ? addressOf(dGates) : 0,
      dGates?.stride ?? 0,
      dCell ? addressOf(dCell) : 0,
      dCell?.stride ?? 0,
      dHidden.rows,
      dHidden.width,
    );
  },
  gruGates({ input, hidden, state, dy, dInput, dHidden, dState }) {
    const [x, h, before] = [savedTensor(input), savedTensor(hidden), savedTensor(state)];
    training.gruGatesGradient(
      x.address,
      x.stride,
      h.address,
      h.stride,
      before.address,
      before.stride,
      addressOf(dy),
      dy.stride,
      dInput ? addressOf(dInput) : 0,
      dInput?.stride ?? 0,
      dHidden ? addressOf(dHidden) : 0,
      dHidden?.stride ?? 0,
      dState ? addressOf(dState) : 0,
      dState?.stride ?? 0,
      dy.rows,
      dy.width,
    );
  },
});
