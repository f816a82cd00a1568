/** What the decoder reads in training: the target's tokens, its own, or a mixture that changes during the training. */
export const inputModes = ['forced', 'free', 'linear', 'inverse-sigmoid'] as const;
export type InputMode = (typeof inputModes)[number];

/**
 * The probability that the decoder reads the target's token instead of its own, at a step of the training (Bengio et al. 2015,
 * https://arxiv.org/abs/1506.03099, § 2.4). `linear` falls from 1 to 0. `inverse-sigmoid` is k / (k + exp(step / k)), with the k that makes it
 * 1/2 in the middle of the training.
 */
export function forcedProbability(mode: InputMode, step: number, steps: number): number {
  switch (mode) {
    case 'forced':
      return 1;
    case 'free':
      return 0;
    case 'linear':
      return Math.max(0, 1 - step / steps);
    case 'inverse-sigmoid': {
      const k = sigmoidConstant(steps / 2);
      return k / (k + Math.exp(step / k));
    }
  }
}

/** The k for which k / (k + exp(middle / k)) is 1/2: k · ln k = middle. By Newton's method. */
export function sigmoidConstant(middle: number): number {
  let k = Math.max(2, middle);
  for (let i = 0; i < 100; i++) k -= (k * Math.log(k) - middle) / (Math.log(k) + 1);
  return k;
}
