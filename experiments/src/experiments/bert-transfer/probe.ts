interface Labelled {
  readonly features: Float32Array;
  readonly label: number;
}

export interface ProbeOptions {
  /** Weight of the squared norm in the loss. Default 0.01. */
  readonly penalty?: number;
  /** Steps of gradient descent. Default 200. */
  readonly steps?: number;
}

/**
 * A linear probe (Alain and Bengio 2016): multinomial logistic regression on fixed features, scaled to mean 0 and variance 1 over `train`, by
 * gradient descent with Nesterov's momentum. Returns the accuracy on `test`.
 */
export function probeAccuracy(
  train: readonly Labelled[],
  test: readonly Labelled[],
  labels: number,
  { penalty = 0.01, steps = 200 }: ProbeOptions = {},
): number {
  const scale = scaling(train.map(({ features }) => features));
  const inputs = train.map(({ features, label }) => ({ x: scale(features), label }));
  const width = inputs[0]!.x.length;
  const weights = new Float64Array(labels * width);
  const velocity = new Float64Array(weights.length);
  const ahead = new Float64Array(weights.length);
  const [rate, momentum] = [0.1, 0.9];
  for (let step = 0; step < steps; step++) {
    for (let i = 0; i < weights.length; i++) ahead[i] = weights[i]! + momentum * velocity[i]!;
    const gradient = ahead.map((weight) => penalty * weight);
    for (const { x, label } of inputs) {
      const probabilities = softmax(scores(ahead, x, labels));
      for (let k = 0; k < labels; k++) {
        const error = (probabilities[k]! - (k === label ? 1 : 0)) / inputs.length;
        for (let i = 0; i < width; i++) gradient[k * width + i]! += error * x[i]!;
      }
    }
    for (let i = 0; i < weights.length; i++) {
      velocity[i] = momentum * velocity[i]! - rate * gradient[i]!;
      weights[i]! += velocity[i]!;
    }
  }
  const correct = test.filter(({ features, label }) => {
    const values = scores(weights, scale(features), labels);
    return values.indexOf(Math.max(...values)) === label;
  });
  return correct.length / test.length;
}

/** Scales features by the mean and the standard deviation of these, and adds a constant 1. */
function scaling(rows: readonly Float32Array[]): (features: Float32Array) => Float64Array {
  const width = rows[0]!.length;
  const mean = new Float64Array(width);
  const deviation = new Float64Array(width);
  for (const row of rows) for (let i = 0; i < width; i++) mean[i]! += row[i]! / rows.length;
  for (const row of rows)
    for (let i = 0; i < width; i++) deviation[i]! += (row[i]! - mean[i]!) ** 2 / rows.length;
  return (features) => {
    const scaled = new Float64Array(width + 1).fill(1);
    for (let i = 0; i < width; i++) scaled[i] = (features[i]! - mean[i]!) / (Math.sqrt(deviation[i]!) || 1);
    return scaled;
  };
}

function scores(weights: Float64Array, x: Float64Array, labels: number): number[] {
  return Array.from({ length: labels }, (_, k) => {
    let sum = 0;
    for (let i = 0; i < x.length; i++) sum += weights[k * x.length + i]! * x[i]!;
    return sum;
  });
}

function softmax(values: readonly number[]): number[] {
  const largest = Math.max(...values);
  const exponentials = values.map((value) => Math.exp(value - largest));
  const total = exponentials.reduce((sum, value) => sum + value, 0);
  return exponentials.map((value) => value / total);
}
