import { sampleSize, type TrainWork } from '../../cases/train.ts';
import type { Prepared } from '../engine.ts';

/** A training run on one engine. */
export interface Training {
  /** Computes the work's pass. Returns the loss. */
  run(): number;
  /** The gradient of the last pass in a weight of the work, in the weight's layout. Not called for forward passes. */
  gradient(name: string): Float32Array;
  dispose(): void;
}

/** `sampleSize` values, spread from the first to the last; of fewer, some repeatedly. */
function sample(values: ArrayLike<number>): number[] {
  const step = Math.max(0, values.length - 1) / (sampleSize - 1);
  return Array.from({ length: sampleSize }, (_, i) => values[Math.floor(i * step)]!);
}

/**
 * Prepares a training. Compared are the losses of three runs, which show the effect of the optimiser's steps, and samples of the first run's
 * gradients in every weight: segments of {@link sampleSize} values.
 */
export function preparedTraining(work: TrainWork, training: Training): Prepared {
  const output = new Float32Array(1);
  const run = () => {
    output[0] = training.run();
    return output;
  };
  return {
    run,
    arrange([first]) {
      const names = work.pass === 'forward' ? [] : [...work.weights.keys()];
      const gradients = names.map((name) => sample(training.gradient(name)));
      const losses = [first!, training.run(), training.run()];
      return Float32Array.from([...sample(losses), ...gradients.flat()]);
    },
    dispose: () => training.dispose(),
  };
}
