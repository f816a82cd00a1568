import type { GradientRules } from './rules.ts';

/** y[i] = table[ids[i] − first]: scatter-add of the rows of dy to those of the table. */
export const embedding: GradientRules['embedding'] = ({ ids, first, dy, dTable }) => {
  for (const [index, id] of ids.entries()) {
    const row = id - first;
    if (row < 0 || row >= dTable.rows) continue;
    const [from, to] = [dy.start + index * dy.stride, dTable.start + row * dTable.stride];
    for (let i = 0; i < dy.width; i++) dTable.data[to + i]! += dy.data[from + i]!;
  }
};

/** Mean of the rows of each sequence: each row of x receives dy / length. */
export const meanPool: GradientRules['meanPool'] = ({ offsets, dy, dx }) => {
  for (let s = 0; s + 1 < offsets.length; s++) {
    const [first, end] = [offsets[s]!, offsets[s + 1]!];
    for (let row = first; row < end; row++) {
      const [from, to] = [dy.start + s * dy.stride, dx.start + row * dx.stride];
      for (let i = 0; i < dy.width; i++) dx.data[to + i]! += dy.data[from + i]! / (end - first);
    }
  }
};

/**
 * Rotation by an angle is orthogonal: the gradient is rotated back, da += dy_a · cos + dy_b · sin, db += dy_b · cos − dy_a · sin
 * (Su et al. 2021, https://arxiv.org/abs/2104.09864).
 */
export const rotary: GradientRules['rotary'] = ({ table, positions, options, dy, dx }) => {
  const { heads, layout } = options;
  const headDim = dy.width / heads;
  const rotated = table.shape[1] ?? 0;
  const half = rotated / 2;
  const angles = table.values();
  for (let row = 0; row < dy.rows; row++) {
    const at = positions[row]! * rotated;
    for (let head = 0; head < heads; head++) {
      const from = dy.start + row * dy.stride + head * headDim;
      const to = dx.start + row * dx.stride + head * headDim;
      for (let i = 0; i < half; i++) {
        const [cos, sin] = [angles[at + i]!, angles[at + half + i]!];
        const first = layout === 'interleaved' ? 2 * i : i;
        const second = layout === 'interleaved' ? first + 1 : first + half;
        const [a, b] = [dy.data[from + first]!, dy.data[from + second]!];
        dx.data[to + first]! += a * cos + b * sin;
        dx.data[to + second]! += b * cos - a * sin;
      }
      for (let i = rotated; i < headDim; i++) dx.data[to + i]! += dy.data[from + i]!;
    }
  }
};
