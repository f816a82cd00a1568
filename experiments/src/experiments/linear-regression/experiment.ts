import { realPairs } from '../../data/pairs/index.ts';
import type { Pair } from '../../data/split.ts';
import type { Experiment } from '../../lab/experiment.ts';
import type { Lab } from '../../lab/lab.ts';
import { figures } from './figures.ts';
import { descend, excessLoss, type Line, type Point, type Quadratic, quadraticOf } from './line.ts';
import type { BatchRun, Form, LinearRegression, Run } from './result.ts';
import { tables } from './tables.ts';

/** Lengths are in hundreds of characters. */
const UNIT = 100;
const STEPS = 2000;
/** So many steps are reported one by one. */
const SHOWN_STEPS = 200;
/** Learning rates, as multiples of the limit 2 / λ_max. */
const MULTIPLES = [0.01, 0.1, 0.5, 0.9, 1, 1.02] as const;

const pointsOf = (pairs: readonly Pair[]): Point[] =>
  pairs.map(({ source, target }) => ({ x: source.length / UNIT, y: target.length / UNIT }));

async function runForm(lab: Lab, name: Form['name'], points: readonly Point[]): Promise<Form> {
  const quadratic = quadraticOf(points);
  const [largest, smallest] = quadratic.eigenvalues;
  const limit = 2 / largest;
  const runs: Run[] = [];
  // With equal eigenvalues the best rate is half the limit.
  const multiples = largest / smallest > 1.001 ? [...MULTIPLES, null] : MULTIPLES;
  for (const multiple of multiples) {
    const rate = multiple === null ? 2 / (largest + smallest) : multiple * limit;
    const settings = {
      maxSteps: lab.size(STEPS, 40),
      batchSize: points.length,
      learningRate: rate,
      schedule: 'constant',
    } as const;
    const descent = await lab.unit(
      `${name}-${multiple ?? 'best'}`,
      { ...settings, points: points.length },
      () => descend(points, settings),
    );
    runs.push(measured(quadratic, rate, multiple, descent));
  }
  return { name, quadratic, condition: largest / smallest, limit, runs };
}

function measured(
  quadratic: Quadratic,
  rate: number,
  multiple: number | null,
  { path, reason }: Awaited<ReturnType<typeof descend>>,
): Run {
  const excess = path.map((line) => excessLoss(quadratic, line));
  const within = excess.findIndex((value) => value < quadratic.loss / 100);
  // Where single precision still tells the losses apart.
  const last = excess.findLastIndex((value) => value > 1e-9 * quadratic.loss);
  const first = Math.floor(last / 2);
  return {
    rate,
    multiple,
    reason,
    steps: path.length - 1,
    stepsToPercent: within < 0 ? null : within,
    finalExcess: excess.at(-1)!,
    end: path.at(-1)!,
    excess: excess.slice(0, SHOWN_STEPS + 1).map((value) => Number(value.toPrecision(4))),
    path: path.slice(0, 41).map(([w, b]): Line => [Number(w.toFixed(4)), Number(b.toFixed(4))]),
    factor: last > first ? (excess[last]! / excess[first]!) ** (1 / (last - first)) : 0,
    predictedFactor: Math.max(...quadratic.eigenvalues.map((eigenvalue) => (1 - rate * eigenvalue) ** 2)),
  };
}

async function runBatches(lab: Lab, points: readonly Point[], limit: number): Promise<BatchRun[]> {
  const quadratic = quadraticOf(points);
  const batches: BatchRun[] = [];
  for (const schedule of ['constant', 'linear'] as const)
    for (const multiple of [0.02, 0.1, 0.5]) {
      const excess: number[] = [];
      for (let seed = lab.seed; seed < lab.seed + 3; seed++) {
        const settings = {
          maxSteps: lab.size(STEPS, 40),
          batchSize: 16,
          learningRate: multiple * limit,
          schedule,
          seed,
        } as const;
        const { path } = await lab.unit(`batches-${schedule}-${multiple}-${seed}`, settings, () =>
          descend(points, settings),
        );
        const end = path.slice(-Math.ceil(path.length / 10)).map((line) => excessLoss(quadratic, line));
        excess.push(end.reduce((sum, value) => sum + value, 0) / end.length);
      }
      batches.push({ schedule, multiple, excess });
    }
  return batches;
}

async function run(lab: Lab): Promise<LinearRegression> {
  const pairs = await realPairs(['typescript']);
  const points = pointsOf(pairs.train.slice(0, lab.size(pairs.train.length, 100)));
  const test = pointsOf(pairs.test);
  const mean = points.reduce((sum, { x }) => sum + x, 0) / points.length;
  const deviation = Math.sqrt(points.reduce((sum, { x }) => sum + (x - mean) ** 2, 0) / points.length);
  const standardised = points.map(({ x, y }) => ({ x: (x - mean) / deviation, y }));
  const forms = [await runForm(lab, 'lengths', points), await runForm(lab, 'standardised', standardised)];

  const [lengths] = forms;
  const { minimum } = lengths!.quadratic;
  const error = ([w, b]: Line) =>
    UNIT * Math.sqrt(test.reduce((sum, { x, y }) => sum + (y - w * x - b) ** 2, 0) / test.length);
  const meanY = points.reduce((sum, { y }) => sum + y, 0) / points.length;
  const every = Math.ceil(points.length / 300);
  return {
    trainPairs: points.length,
    testPairs: test.length,
    w: minimum[0],
    b: UNIT * minimum[1],
    testError: {
      closedForm: error(minimum),
      descent: error(lengths!.runs.at(-1)!.end),
      mean: error([0, meanY]),
    },
    forms,
    batchSteps: lab.size(STEPS, 40),
    batches: await runBatches(lab, points, lengths!.limit),
    shown: points
      .filter((_, i) => i % every === 0)
      .map(({ x, y }) => ({ x: Math.round(UNIT * x), y: Math.round(UNIT * y) })),
  };
}

/** Experiment a: gradient descent beside the closed form of a line. */
export const linearRegression: Experiment<LinearRegression> = {
  name: 'linear-regression',
  about: 'a line by gradient descent beside the closed form; learning rates up to divergence',
  run,
  figures,
  tables,
};
