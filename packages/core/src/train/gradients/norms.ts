import type { GradientRules } from './rules.ts';

/**
 * y = x̂ · gain + bias with x̂ = (x − mean) / σ (Ba et al. 2016, https://arxiv.org/abs/1607.06450). With g = dy · gain:
 * dx += (g − mean(g) − x̂ · mean(g · x̂)) / σ, dGain += Σ dy · x̂, dBias += Σ dy.
 */
export const layerNorm: GradientRules['layerNorm'] = ({ x, gain, epsilon, dy, dx, dGain, dBias }) => {
  const { rows, width: n } = dy;
  const [values, gains] = [x.values(), gain.values()];
  const normalized = new Float64Array(n);
  for (let row = 0; row < rows; row++) {
    const at = row * n;
    let mean = 0;
    for (let i = 0; i < n; i++) mean += values[at + i]! / n;
    let variance = 0;
    for (let i = 0; i < n; i++) variance += (values[at + i]! - mean) ** 2 / n;
    const deviation = Math.sqrt(variance + epsilon);
    const from = dy.start + row * dy.stride;
    let [sum, dot] = [0, 0];
    for (let i = 0; i < n; i++) {
      normalized[i] = (values[at + i]! - mean) / deviation;
      const gradient = dy.data[from + i]!;
      if (dGain) dGain.data[dGain.start + i]! += gradient * normalized[i]!;
      if (dBias) dBias.data[dBias.start + i]! += gradient;
      sum += gradient * gains[i]!;
      dot += gradient * gains[i]! * normalized[i]!;
    }
    if (!dx) continue;
    const to = dx.start + row * dx.stride;
    for (let i = 0; i < n; i++) {
      const g = dy.data[from + i]! * gains[i]!;
      dx.data[to + i]! += (g - sum / n - (normalized[i]! * dot) / n) / deviation;
    }
  }
};

/**
 * y = x̂ · gain with x̂ = x / r, r = √(mean(x²) + ε) (Zhang & Sennrich 2019, https://arxiv.org/abs/1910.07467). With g = dy · gain:
 * dx += (g − x̂ · mean(g · x̂)) / r, dGain += Σ dy · x̂.
 */
export const rmsNorm: GradientRules['rmsNorm'] = ({ x, gain, epsilon, dy, dx, dGain }) => {
  const { rows, width: n } = dy;
  const [values, gains] = [x.values(), gain.values()];
  for (let row = 0; row < rows; row++) {
    const at = row * n;
    let square = 0;
    for (let i = 0; i < n; i++) square += values[at + i]! ** 2 / n;
    const size = Math.sqrt(square + epsilon);
    const from = dy.start + row * dy.stride;
    let dot = 0;
    for (let i = 0; i < n; i++) {
      const normalized = values[at + i]! / size;
      if (dGain) dGain.data[dGain.start + i]! += dy.data[from + i]! * normalized;
      dot += dy.data[from + i]! * gains[i]! * normalized;
    }
    if (!dx) continue;
    const to = dx.start + row * dx.stride;
    for (let i = 0; i < n; i++) {
      const g = dy.data[from + i]! * gains[i]!;
      dx.data[to + i]! += (g - ((values[at + i]! / size) * dot) / n) / size;
    }
  }
};

/** y = x / max(‖x‖, 1e-12): dx += (dy − y · (y · dy)) / ‖x‖; below 1e-12 the divisor is constant. */
export const l2Normalize: GradientRules['l2Normalize'] = ({ x, dy, dx }) => {
  const { rows, width: n } = dy;
  const values = x.values();
  for (let row = 0; row < rows; row++) {
    let squares = 0;
    for (let i = 0; i < n; i++) squares += values[row * n + i]! ** 2;
    const norm = Math.sqrt(squares);
    const divisor = Math.max(norm, 1e-12);
    const [from, to] = [dy.start + row * dy.stride, dx.start + row * dx.stride];
    let dot = 0;
    if (norm > 1e-12) {
      for (let i = 0; i < n; i++) dot += (values[row * n + i]! / divisor) * dy.data[from + i]!;
    }
    for (let i = 0; i < n; i++) {
      dx.data[to + i]! += (dy.data[from + i]! - (values[row * n + i]! / divisor) * dot) / divisor;
    }
  }
};

/** y = softmax(x): dx += y · (dy − Σ y · dy). Zero for rows of only −∞, whose y is 0. */
export const softmax: GradientRules['softmax'] = ({ y, dy, dx }) => {
  const { rows, width: n } = dy;
  const values = y.values();
  for (let row = 0; row < rows; row++) {
    const [from, to] = [dy.start + row * dy.stride, dx.start + row * dx.stride];
    let dot = 0;
    for (let i = 0; i < n; i++) dot += values[row * n + i]! * dy.data[from + i]!;
    for (let i = 0; i < n; i++) dx.data[to + i]! += values[row * n + i]! * (dy.data[from + i]! - dot);
  }
};
