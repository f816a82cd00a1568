import { sinusoidalPositions } from '../../nn/positions/sinusoidal.ts';
import { type Initializer, normal } from '../../nn/torch/init.ts';

/** {@link normal} but for one row of `width` values, which is zeros: the padding row of PyTorch's `nn.Embedding`. */
export function normalWithPadding(deviation: number, row: number, width: number): Initializer {
  const fill = normal(deviation);
  return (values, random) => {
    fill(values, random);
    values.fill(0, row * width, (row + 1) * width);
  };
}

/** The sinusoids of Vaswani et al. 2017, §3.5, `[positions, features]`: sines in even features, cosines in odd ones. */
export function sinusoids(positions: number, features: number): Initializer {
  return (values) => values.set(sinusoidalPositions(positions, features).data);
}
