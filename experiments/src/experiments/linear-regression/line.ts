import { createBackend } from '@headwise/core';
import {
  customObjective,
  loadTrainable,
  meanSquaredError,
  Trainer,
  type TrainerOptions,
  TrainingError,
} from '@headwise/core/train';

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A line y = w x + b, as a point of the plane that gradient descent moves in. */
export type Line = readonly [w: number, b: number];

/**
 * The mean squared error of lines on points, as a function of (w, b): L + (p − p*)ᵀ H (p − p*) / 2 around its minimum p*, with the matrix of
 * second derivatives H = 2 · [[mean x², mean x], [mean x, 1]].
 */
export interface Quadratic {
  /** p*, by the normal equations. */
  readonly minimum: Line;
  /** L, the loss there. */
  readonly loss: number;
  readonly hessian: readonly [ww: number, wb: number, bb: number];
  /** Of H; the larger first. */
  readonly eigenvalues: readonly [number, number];
}

/** The closed form of least squares. */
export function quadraticOf(points: readonly Point[]): Quadratic {
  const mean = (value: (point: Point) => number) =>
    points.reduce((sum, point) => sum + value(point), 0) / points.length;
  const [x, y] = [mean((p) => p.x), mean((p) => p.y)];
  const variance = mean((p) => (p.x - x) ** 2);
  const w = mean((p) => (p.x - x) * (p.y - y)) / variance;
  const b = y - w * x;
  const hessian = [2 * (variance + x * x), 2 * x, 2] as const;
  const half = (hessian[0] + hessian[2]) / 2;
  const largest = half + Math.hypot((hessian[0] - hessian[2]) / 2, hessian[1]);
  return {
    minimum: [w, b],
    loss: mean((p) => (p.y - w * p.x - b) ** 2),
    hessian,
    // The determinant is 4 · variance; from it the smaller one without cancellation.
    eigenvalues: [largest, (4 * variance) / largest],
  };
}

/** How much more than the least the loss is. */
export function excessLoss({ minimum, hessian }: Quadratic, [w, b]: Line): number {
  const [dw, db] = [w - minimum[0], b - minimum[1]];
  return (hessian[0] * dw * dw + 2 * hessian[1] * dw * db + hessian[2] * db * db) / 2;
}

export interface Descent {
  /** (w, b) before the first step and after each. */
  readonly path: readonly Line[];
  /** `diverged` where the trainer has given up because the loss had grown. */
  readonly reason: 'completed' | 'diverged';
}

type Settings = Pick<
  TrainerOptions<unknown, Point, never>,
  'maxSteps' | 'batchSize' | 'learningRate' | 'schedule' | 'seed'
>;

/** Trains the line from (0, 0) by stochastic gradient descent on the mean squared error. */
export async function descend(points: readonly Point[], settings: Settings): Promise<Descent> {
  const zero = {
    weight: { data: new Float32Array(1), shape: [1, 1] },
    bias: { data: new Float32Array(1), shape: [1] },
  };
  const line = await loadTrainable(await createBackend(), zero, async (weights, backend) => {
    const values = async (name: string) => new Float32Array((await weights.read(name)).bytes.slice().buffer);
    return backend.linearWeights(await values('weight'), await values('bias'), 1);
  });
  const objective = customObjective({
    collate: (batch: readonly Point[]) => ({ batch, tokens: batch.length, targets: batch.length }),
    loss: ({ batch }, { backend }) => {
      const x = backend.tensor(
        Float32Array.from(batch, (point) => point.x),
        [batch.length, 1],
      );
      return meanSquaredError(
        backend,
        backend.linear(x, line.model),
        Float32Array.from(batch, (point) => point.y),
      );
    },
  });
  const now = (): Line => {
    const value = (name: string) =>
      line.parameters.all.find((parameter) => parameter.name === name)!.values[0]!;
    return [value('weight'), value('bias')];
  };
  const path = [now()];
  const trainer = new Trainer({
    ...settings,
    trainable: line,
    objective,
    trainExamples: points,
    optimizer: 'sgd',
    maxGradNorm: Infinity,
    onStep: () => path.push(now()),
  });
  try {
    await trainer.train();
    return { path, reason: 'completed' };
  } catch (error) {
    if (error instanceof TrainingError) return { path, reason: 'diverged' };
    throw error;
  } finally {
    line.dispose();
  }
}
