import type { RotaryOptions, Tensor } from '../backend.ts';
import { checkRotary } from '../check-rotary.ts';
import { asReferenceTensor, ReferenceTensor } from './tensor.ts';

export function rotary(
  x: Tensor,
  table: Tensor,
  positions: Int32Array,
  options: RotaryOptions,
): ReferenceTensor {
  const { rows, headDim, half } = checkRotary(x, table, positions, options);
  const [input, angles] = [asReferenceTensor(x), asReferenceTensor(table)];
  const width = options.heads * headDim;
  const out = new ReferenceTensor(new Float64Array(rows * width), [rows, width]);
  for (let row = 0; row < rows; row++) {
    const position = positions[row]!;
    for (let column = 0; column < width; column++) out.set(row, column, input.at(row, column));
    for (let head = 0; head < options.heads; head++) {
      for (let i = 0; i < half; i++) {
        const [cos, sin] = [angles.at(position, i), angles.at(position, half + i)];
        const first = head * headDim + (options.layout === 'interleaved' ? 2 * i : i);
        const second = options.layout === 'interleaved' ? first + 1 : first + half;
        const [a, b] = [input.at(row, first), input.at(row, second)];
        out.set(row, first, a * cos - b * sin);
        out.set(row, second, b * cos + a * sin);
      }
    }
  }
  return out;
}
