import type { TrainingKernel } from '../gradients/wasm/operands.ts';
import { addressOf } from '../memory/wasm-memory.ts';
import type { UpdateRules } from './updates.ts';

/** The steps of optimisers by the kernels of the training module, in float64 as those in TypeScript. */
export const wasmUpdates = ({ kernel, training }: TrainingKernel): UpdateRules => ({
  adam(values, gradient, first, second, step) {
    training.adamStep(
      addressOf(values),
      addressOf(gradient),
      addressOf(first),
      addressOf(second),
      values.size,
      step.stepSize,
      step.correction,
      step.beta1,
      step.beta2,
      step.epsilon,
      step.weightDecay,
      step.shrink,
    );
  },
  sgd(values, gradient, buffer, step) {
    training.sgdStep(
      addressOf(values),
      addressOf(gradient),
      buffer ? addressOf(buffer) : 0,
      values.size,
      step.learningRate,
      step.momentum,
      step.dampening,
      step.weightDecay,
      step.nesterov ? 1 : 0,
      step.isFirst ? 1 : 0,
    );
  },
  sumOfSquares(x) {
    return training.sumOfSquares(addressOf(x), x.size);
  },
  scale(x, factor) {
    const address = addressOf(x);
    kernel.exports.scale(address, address, x.size, factor);
  },
});
