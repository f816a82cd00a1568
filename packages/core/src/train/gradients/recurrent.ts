import type { GradientRules } from './rules.ts';

function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

/**
 * c' = f · c + i · g, h' = o · tanh(c') with i = σ(·), f = σ(·), g = tanh(·), o = σ(·) (Hochreiter & Schmidhuber 1997). With the whole gradient
 * of c', dc' + dh' · o · (1 − tanh²(c')), written as e: di = e · g, df = e · c, dg = e · i, do = dh' · tanh(c'), each times the derivative of its
 * activation function, and dc = e · f.
 */
export const lstmGates: GradientRules['lstmGates'] = ({ gates, cell, dHidden, dNextCell, dGates, dCell }) => {
  const { rows, width: n } = dHidden;
  const [all, before] = [gates.values(), cell.values()];
  for (let row = 0; row < rows; row++) {
    for (let j = 0; j < n; j++) {
      const at = row * 4 * n + j;
      const [i, f] = [sigmoid(all[at]!), sigmoid(all[at + n]!)];
      const [g, o] = [Math.tanh(all[at + 2 * n]!), sigmoid(all[at + 3 * n]!)];
      const c = before[row * n + j]!;
      const tanh = Math.tanh(f * c + i * g);
      const dh = dHidden.data[dHidden.start + row * dHidden.stride + j]!;
      const e = dNextCell.data[dNextCell.start + row * dNextCell.stride + j]! + dh * o * (1 - tanh * tanh);
      if (dCell) dCell.data[dCell.start + row * dCell.stride + j]! += e * f;
      if (!dGates) continue;
      const to = dGates.start + row * dGates.stride + j;
      dGates.data[to]! += e * g * i * (1 - i);
      dGates.data[to + n]! += e * c * f * (1 - f);
      dGates.data[to + 2 * n]! += e * i * (1 - g * g);
      dGates.data[to + 3 * n]! += dh * tanh * o * (1 - o);
    }
  }
};

/**
 * h' = (1 − z) · n + z · h with r = σ(r_x + r_h), z = σ(z_x + z_h), n = tanh(n_x + r · n_h) (Cho et al. 2014, https://arxiv.org/abs/1406.1078).
 * With p the gradient before the tanh, dh' · (1 − z) · (1 − n²): dn_x = p, dn_h = p · r, dr = p · n_h · r · (1 − r), dz = dh' · (h − n) · z · (1 − z),
 * dh = dh' · z. The gates r and z have the same gradient for both of their terms.
 */
export const gruGates: GradientRules['gruGates'] = (args) => {
  const { input, hidden, state, dy, dInput, dHidden, dState } = args;
  const { rows, width: n } = dy;
  const [x, h, before] = [input.values(), hidden.values(), state.values()];
  for (let row = 0; row < rows; row++) {
    for (let j = 0; j < n; j++) {
      const at = row * 3 * n + j;
      const r = sigmoid(x[at]! + h[at]!);
      const z = sigmoid(x[at + n]! + h[at + n]!);
      const fromHidden = h[at + 2 * n]!;
      const candidate = Math.tanh(x[at + 2 * n]! + r * fromHidden);
      const gradient = dy.data[dy.start + row * dy.stride + j]!;
      const p = gradient * (1 - z) * (1 - candidate * candidate);
      const dr = p * fromHidden * r * (1 - r);
      const dz = gradient * (before[row * n + j]! - candidate) * z * (1 - z);
      if (dState) dState.data[dState.start + row * dState.stride + j]! += gradient * z;
      for (const [target, last] of [
        [dInput, p],
        [dHidden, p * r],
      ] as const) {
        if (!target) continue;
        const to = target.start + row * target.stride + j;
        target.data[to]! += dr;
        target.data[to + n]! += dz;
        target.data[to + 2 * n]! += last;
      }
    }
  }
};
