import { addressOf, isOverwritten } from '../../memory/wasm-memory.ts';
import type { GradientRules } from '../rules.ts';
import { savedTensor, type TrainingKernel, withScratch } from './operands.ts';

/** y = x · Wᵀ + b: dx += dy · W, dW += dyᵀ · x, db += the sum of the rows of dy. */
export const linearGradients = ({ kernel, training }: TrainingKernel): Pick<GradientRules, 'linear'> => ({
  linear({ x, weight, dy, dx, dWeight, dBias }) {
    const { rows, width: outFeatures } = dy;
    const inFeatures = x.shape[1] ?? 0;
    const [from, fromStride] = [addressOf(dy), dy.stride];
    const sizes = [rows, outFeatures, inFeatures] as const;
    if (dx) {
      const overwrite = outFeatures > 0 && isOverwritten(dx);
      const [w, to] = [addressOf(weight), addressOf(dx)];
      withScratch(kernel, training.linearInputGradientScratch(...sizes), (scratch) =>
        training.linearInputGradient(
          from,
          fromStride,
          w,
          inFeatures,
          to,
          dx.stride,
          ...sizes,
          scratch,
          Number(overwrite),
        ),
      );
    }
    if (dWeight) {
      const [input, to] = [savedTensor(x), addressOf(dWeight)];
      withScratch(kernel, training.linearWeightGradientScratch(...sizes), (scratch) =>
        training.linearWeightGradient(
          input.address,
          input.stride,
          from,
          fromStride,
          to,
          dWeight.stride,
          ...sizes,
          scratch,
        ),
      );
    }
    if (dBias) training.addColumnSums(from, fromStride, rows, outFeatures, addressOf(dBias));
  },
});
