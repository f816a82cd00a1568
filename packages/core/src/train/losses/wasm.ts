import { ownedTensor } from '../../backend/wasm/tensor.ts';
import { savedTensor, type TrainingKernel, withScratch } from '../gradients/wasm/operands.ts';
import { addressOf } from '../memory/wasm-memory.ts';
import type { LossRules } from './rules.ts';

/** Losses by the kernels of the training module. The maximum and the sum of exponentials of each row are kept for the gradient. */
export const wasmLosses = ({ kernel, training }: TrainingKernel): LossRules => ({
  crossEntropy(backend, { logits, labels, ignoreIndex, labelSmoothing }) {
    const { memory } = kernel;
    const { address, stride, rows, width } = ownedTensor(backend, logits);
    const statistics = new Float32Array(2 * rows);
    const bytes = labels.byteLength + statistics.byteLength;
    const list = (at: number) => at + statistics.byteLength;
    let loss = 0;
    withScratch(kernel, bytes, (at) => {
      memory.setI32(list(at), labels);
      loss = training.crossEntropy(address, stride, list(at), rows, width, ignoreIndex, labelSmoothing, at);
      statistics.set(memory.f32(at, statistics.length));
    });
    return {
      loss,
      addGradient(saved, factor, dLogits) {
        const input = savedTensor(saved);
        withScratch(kernel, bytes, (at) => {
          memory.setF32(at, statistics);
          memory.setI32(list(at), labels);
          training.crossEntropyGradient(
            input.address,
            input.stride,
            list(at),
            rows,
            width,
            ignoreIndex,
            labelSmoothing,
            at,
            factor,
            addressOf(dLogits),
            dLogits.stride,
          );
        });
      },
    };
  },
});
