import { addressOf } from '../../memory/wasm-memory.ts';
import type { GradientRules } from '../rules.ts';
import { savedTensor, type TrainingKernel, withScratch } from './operands.ts';

/** The gradients of operations on single rows. */
export const rowGradients = ({
  kernel,
  training,
}: TrainingKernel): Pick<GradientRules, 'softmax' | 'embedding' | 'meanPool' | 'l2Normalize' | 'rotary'> => ({
  softmax({ y, dy, dx }) {
    const output = savedTensor(y);
    training.softmaxGradient(
      output.address,
      output.stride,
      addressOf(dy),
      dy.stride,
      addressOf(dx),
      dx.stride,
      dy.rows,
      dy.width,
    );
  },
  embedding({ ids, first, dy, dTable }) {
    withScratch(kernel, ids.byteLength, (list) => {
      kernel.memory.setI32(list, ids);
      training.gatherGradient(
        addressOf(dy),
        dy.stride,
        list,
        ids.length,
        first,
        addressOf(dTable),
        dTable.stride,
        dTable.rows,
        dy.width,
      );
    });
  },
  meanPool({ offsets, dy, dx }) {
    const [from, to] = [addressOf(dy), addressOf(dx)];
    for (let s = 0; s + 1 < offsets.length; s++) {
      const first = offsets[s]!;
      training.meanRowsGradient(
        from + s * dy.stride * 4,
        to + first * dx.stride * 4,
        dx.stride,
        offsets[s + 1]! - first,
        dy.width,
      );
    }
  },
  l2Normalize({ x, dy, dx }) {
    const input = savedTensor(x);
    training.l2NormalizeGradient(
      input.address,
      input.stride,
      addressOf(dy),
      dy.stride,
      addressOf(dx),
      dx.stride,
      dy.rows,
      dy.width,
      1e-12,
    );
  },
  rotary({ table, positions, options: { heads, layout }, dy, dx }) {
    const { address, stride, rows, width } = savedTensor(table);
    // The kernel reads a table without gaps between its rows.
    const copied = stride === width ? 0 : rows * width * 4;
    withScratch(kernel, copied + positions.byteLength, (scratch) => {
      if (copied) kernel.exports.copyRows(address, stride, scratch, width, rows, width);
      const list = scratch + copied;
      kernel.memory.setI32(list, positions);
      training.rotaryGradient(
        addressOf(dy),
        dy.stride,
        addressOf(dx),
        dx.stride,
        list,
        copied ? scratch : address,
        dy.rows,
        heads,
        dy.width / heads,
        width / 2,
        layout === 'interleaved' ? 1 : 0,
      );
    });
  },
});
