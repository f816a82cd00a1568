import { adam, type TrainWork, trainOptimizers, type Values } from '../../cases/train.ts';
import type { Prepared } from '../engine.ts';
import { preparedTraining } from './check.ts';
import { batchOf, fromPeer, lossOf, type Named, peerWeights, type TrainOperations } from './models.ts';

/** Trees of arrays, which compiled functions take and return. */
export type Tree<T> = T | { readonly [key: string]: Tree<T> };

/** A peer that differentiates functions of its arrays. */
export interface DifferentiableArrays<T> {
  readonly on: TrainOperations<T>;
  array(values: Values): T;
  read(x: T): Float32Array;
  /** Releases all arrays of a tree. */
  dispose(tree: Tree<T>): void;
  /** The value of `loss`, and its gradients in the weights. */
  differentiate(loss: (weights: Named<T>) => T, weights: Named<T>): readonly [T, Named<T>];
  /** Keeps the arguments; the caller disposes of the results. */
  compile(f: (input: Input<T>) => Output<T>): (input: Input<T>) => Output<T>;
}

type Input<T> = {
  readonly weights: Named<T>;
  /** Adam's moments; empty for SGD and without a step. */
  readonly first: Named<T>;
  readonly second: Named<T>;
  readonly batch: Named<T>;
};

type Output<T> = {
  readonly loss: T;
  readonly gradients?: Named<T>;
  /** The new weights and moments after a step. */
  readonly state?: Pick<Input<T>, 'weights' | 'first' | 'second'>;
};

function mapValues<T, R>(record: Named<T>, f: (value: T, key: string) => R): Record<string, R> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, f(value, key)]));
}

/** Prepares a training on a peer. */
export function preparePeerTraining<T>(engine: DifferentiableArrays<T>, work: TrainWork): Prepared {
  const initial = peerWeights(work);
  const upload = (tensors: Named<Values>) => mapValues(tensors, (values) => engine.array(values));
  const hasMoments = work.pass === 'step' && work.model !== 'mlp';
  const zeros = mapValues(hasMoments ? initial : {}, ({ data, shape }) => {
    return { data: new Float32Array(data.length), shape };
  });
  let state = { weights: upload(initial), first: upload(zeros), second: upload(zeros) };
  let gradients: Named<T> = {};
  let steps = 0;
  const compute = engine.compile((input) => passOf(engine, work, input));
  return preparedTraining(work, {
    run() {
      const batch = upload({ ...batchOf(work), ...adamFactors(work, ++steps) });
      const output = compute({ ...state, batch });
      engine.dispose(batch);
      if (output.state) {
        engine.dispose(state);
        state = output.state;
      }
      engine.dispose(gradients);
      gradients = output.gradients ?? {};
      const [loss] = engine.read(output.loss);
      engine.dispose(output.loss);
      return loss!;
    },
    gradient: (name) => fromPeer(work, name, (key) => gradientOf(key)),
    dispose: () => engine.dispose({ ...state, gradients }),
  });

  /** The gradient of the first step: of SGD from the weights before and after it, of Adam from the first moment. */
  function gradientOf(key: string): Float32Array {
    if (work.pass === 'backward') return engine.read(gradients[key]!);
    if (hasMoments) return engine.read(state.first[key]!).map((value) => value / (1 - adam.beta1));
    const after = engine.read(state.weights[key]!);
    return initial[key]!.data.map((value, i) => (value - after[i]!) / trainOptimizers.mlp.learningRate);
  }
}

function passOf<T>(engine: DifferentiableArrays<T>, work: TrainWork, input: Input<T>): Output<T> {
  const { on } = engine;
  const lossAt = (weights: Named<T>) => lossOf(work, on, weights, input.batch);
  if (work.pass === 'forward') return { loss: lossAt(input.weights) };
  const [loss, gradients] = engine.differentiate(lossAt, input.weights);
  if (work.pass === 'backward') return { loss, gradients };
  if (work.model === 'mlp') {
    const { learningRate } = trainOptimizers.mlp;
    const weights = mapValues(input.weights, (weight, key) =>
      on.sub(weight, on.scale(gradients[key]!, learningRate)),
    );
    return { loss, state: { weights, first: {}, second: {} } };
  }
  const { beta1, beta2, epsilon } = adam;
  const { learningRate, weightDecay } = trainOptimizers[work.model];
  const first = mapValues(input.first, (moment, key) =>
    on.add(on.scale(moment, beta1), on.scale(gradients[key]!, 1 - beta1)),
  );
  const second = mapValues(input.second, (moment, key) =>
    on.add(on.scale(moment, beta2), on.scale(on.mul(gradients[key]!, gradients[key]!), 1 - beta2)),
  );
  const weights = mapValues(input.weights, (weight, key) => {
    const root = on.mul(on.sqrt(second[key]!), input.batch.correction!);
    const change = on.div(on.mul(first[key]!, input.batch.stepSize!), on.addNumber(root, epsilon));
    return on.sub(weightDecay === 0 ? weight : on.scale(weight, 1 - learningRate * weightDecay), change);
  });
  return { loss, state: { weights, first, second } };
}

/** What corrects the moments of Adam's step `t`, counted from 1: arrays of one value, as compiled functions have no other inputs. */
function adamFactors({ model, pass }: TrainWork, t: number): Named<Values> {
  if (pass !== 'step' || model === 'mlp') return {};
  const one = (value: number) => ({ data: Float32Array.of(value), shape: [1] });
  return {
    stepSize: one(trainOptimizers[model].learningRate / (1 - adam.beta1 ** t)),
    correction: one(1 / Math.sqrt(1 - adam.beta2 ** t)),
  };
}
