import { expect } from 'vitest';
import { type Backend, createBackend, type Tensor } from '../../src/index.ts';
import type { Module } from '../../src/nn.ts';
import { type ParameterSet, RecordingBackend } from '../../src/train.ts';
import { backendNames } from './fixture.ts';
import { randomValues } from './gradients.ts';

/** Runs a module on a backend that records, and returns a tensor of its output. */
export type Run<M> = (module: M, backend: Backend) => Tensor;

/** Values per parameter whose gradients are compared with central differences. */
const SAMPLES = 6;
const STEP = 1e-2;

/** Σ output · factors, and the gradients of the parameters by name. */
function gradients<M extends Module>(module: M, recording: RecordingBackend, run: Run<M>) {
  const parameters = module.parameters() as ParameterSet;
  parameters.zeroGradients();
  const value = recording.record((tape) => {
    const output = run(module, recording);
    const size = output.shape.reduce((a, b) => a * b, 1);
    const factors = randomValues(size, 5);
    tape.backwardFrom(output, factors);
    return recording.read(output).reduce((sum, y, i) => sum + y * factors[i]!, 0);
  });
  return { value, byName: new Map(parameters.all.map(({ name, gradient }) => [name, [...gradient]])) };
}

/**
 * Compares the gradients of all parameters with central differences on the reference backend, and those on the other backends with the
 * reference backend's.
 */
export async function expectGradients<M extends Module>(create: () => M, run: Run<M>): Promise<void> {
  const recording = await RecordingBackend.create(await createBackend('reference'));
  const module = await create().to(recording, { seed: 7 });
  const state = module.stateDict();
  const { byName } = gradients(module, recording, run);
  const largest = Math.max(...[...byName.values()].flat().map(Math.abs));
  expect(largest).toBeGreaterThan(0);
  const parameters = module.parameters() as ParameterSet;
  for (const parameter of parameters) {
    const { length } = parameter.values;
    for (let sample = 0; sample < Math.min(SAMPLES, length); sample++) {
      const i = Math.floor((sample * length) / Math.min(SAMPLES, length));
      const before = parameter.values[i]!;
      const valueAt = (x: number) => {
        parameter.values[i] = x;
        parameters.changed();
        return gradients(module, recording, run).value;
      };
      const [up, down] = [Math.fround(before + STEP), Math.fround(before - STEP)];
      const difference = (valueAt(up) - valueAt(down)) / (up - down);
      parameter.values[i] = before;
      parameters.changed();
      const error = Math.abs(difference - byName.get(parameter.name)![i]!) / largest;
      expect(error, `${parameter.name}[${i}]`).toBeLessThan(2e-3);
    }
  }
  for (const name of backendNames) {
    if (name === 'reference') continue;
    const other = await RecordingBackend.create(await createBackend(name));
    const twin = create();
    await twin.loadStateDict(state);
    await twin.to(other, { seed: 7 });
    const got = gradients(twin, other, run).byName;
    for (const [parameter, expected] of byName) {
      const error = Math.max(...got.get(parameter)!.map((g, i) => Math.abs(g - expected[i]!))) / largest;
      expect(error, `${parameter} on ${name}`).toBeLessThan(1e-4);
    }
  }
}
