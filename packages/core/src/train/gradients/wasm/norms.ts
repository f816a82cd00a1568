import { addressOf } from '../../memory/wasm-memory.ts';
import type { GradientRules } from '../rules.ts';
import { savedTensor, type TrainingKernel, withScratch } from './operands.ts';

/** The gradients of layer normalisation and root mean square normalisation, with sums in float64. */
export const normGradients = ({
  kernel,
  training,
}: TrainingKernel): Pick<GradientRules, 'layerNorm' | 'rmsNorm'> => ({
  layerNorm({ x, gain, epsilon, dy, dx, dGain, dBias }) {
    const { rows, width } = dy;
    const [input, gains] = [savedTensor(x), savedTensor(gain)];
    withScratch(kernel, training.normGradientScratch(width), (scratch) =>
      training.layerNormGradient(
        input.address,
        input.stride,
        gains.address,
        addressOf(dy),
        dy.stride,
        dx ? addressOf(dx) : 0,
        dx?.stride ?? 0,
        dGain ? addressOf(dGain) : 0,
        dBias ? addressOf(dBias) : 0,
        rows,
        width,
        epsilon,
        scratch,
      ),
    );
  },
  rmsNorm({ x, gain, epsilon, dy, dx, dGain }) {
    const { rows, width } = dy;
    const [input, gains] = [savedTensor(x), savedTensor(gain)];
    withScratch(kernel, training.normGradientScratch(width), (scratch) =>
      training.rmsNormGradient(
        input.address,
        input.stride,
        gains.address,
        addressOf(dy),
        dy.stride,
        dx ? addressOf(dx) : 0,
        dx?.stride ?? 0,
        dGain ? addressOf(dGain) : 0,
        rows,
        width,
        epsilon,
        scratch,
      ),
    );
  },
});
