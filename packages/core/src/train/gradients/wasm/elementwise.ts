import { activationCodes } from '@headwise/kernel';
import { addressOf, isOverwritten } from '../../memory/wasm-memory.ts';
import type { GradientRules } from '../rules.ts';
import type { GradientView } from '../view.ts';
import { savedTensor, type TrainingKernel, withScratch } from './operands.ts';

/** The gradients of sums, writes and activation functions. */
export const elementwiseGradients = ({
  kernel,
  training,
}: TrainingKernel): Pick<GradientRules, 'add' | 'move' | 'activate' | 'gate'> => ({
  add(from, to, factor) {
    const { rows, width } = from;
    if (factor === 1 && isOverwritten(to)) {
      kernel.exports.copyRows(addressOf(from), from.stride, addressOf(to), to.stride, rows, width);
      return;
    }
    training.addScaled(addressOf(from), from.stride, addressOf(to), to.stride, rows, width, factor);
  },
  move(from, to) {
    const { rows, width } = from;
    const bytes = to && overlap(from, to) ? rows * width * 4 : 0;
    withScratch(kernel, bytes, (scratch) =>
      training.moveRows(
        addressOf(from),
        from.stride,
        to ? addressOf(to) : 0,
        to?.stride ?? 0,
        rows,
        width,
        scratch,
      ),
    );
  },
  activate({ x, activation, dy, dx }) {
    const input = savedTensor(x);
    const overwrite = isOverwritten(dx);
    training.activateGradient(
      input.address,
      input.stride,
      addressOf(dy),
      dy.stride,
      addressOf(dx),
      dx.stride,
      dy.rows,
      dy.width,
      activationCodes[activation],
      Number(overwrite),
    );
  },
  gate({ x, activation, dy, dx }) {
    const input = savedTensor(x);
    training.gateGradient(
      input.address,
      input.stride,
      addressOf(dy),
      dy.stride,
      addressOf(dx),
      dx.stride,
      dy.rows,
      dy.width,
      activationCodes[activation],
    );
  },
});

/** Whether the memory from the first to the last value of one reaches into that of the other. */
function overlap(one: GradientView, other: GradientView): boolean {
  const [first, second] = [addressOf(one), addressOf(other)];
  return first < second + bytesOf(other) && second < first + bytesOf(one);
}

function bytesOf({ rows, stride, width }: GradientView): number {
  return rows === 0 ? 0 : ((rows - 1) * stride + width) * 4;
}
