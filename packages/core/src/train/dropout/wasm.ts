import { ownedTensor } from '../../backend/wasm/tensor.ts';
import type { TrainingKernel } from '../gradients/wasm/operands.ts';
import { addressOf } from '../memory/wasm-memory.ts';
import type { DropoutRules } from './rules.ts';

/** Dropout by the kernel of the training module, with the masks of the rules in TypeScript. */
export const wasmDropout = ({ training }: TrainingKernel): DropoutRules => ({
  output(backend, x, { key, threshold, factor }) {
    const { address, stride, rows, width } = ownedTensor(backend, x);
    const y = backend.zeros(x.shape);
    const to = ownedTensor(backend, y).address;
    training.addDropout(address, stride, to, width, rows, width, key, threshold, factor);
    return y;
  },
  addGradient(dy, dx, { key, threshold, factor }) {
    const { rows, width } = dx;
    training.addDropout(
      addressOf(dy),
      dy.stride,
      addressOf(dx),
      dx.stride,
      rows,
      width,
      key,
      threshold,
      factor,
    );
  },
});
