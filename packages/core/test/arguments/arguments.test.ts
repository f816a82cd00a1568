import { afterAll, expect, it } from 'vitest';
import * as core from '../../src/index.ts';
import * as metrics from '../../src/metrics.ts';
import { layerCalls } from './layer-calls.ts';
import { metricCalls } from './metric-calls.ts';
import { modelCalls } from './model-calls.ts';
import { speechCalls } from './speech-calls.ts';
import { causal, encoder } from './subjects.ts';
import { textCalls } from './text-calls.ts';
import { placesOf, problemOf, problemsOf, WRONG } from './wrong-arguments.ts';

// Whatever a public function is given, it gives a value or throws a `HeadwiseError`, and the models compute the same as before.

const calls = [...modelCalls, ...textCalls, ...speechCalls, ...metricCalls, ...layerCalls];

/** Of the wrong values one of so many is tried at a place. All of them, about 40,000 calls, with WRONG_ARGUMENTS=all. */
const STEP = process.env.WRONG_ARGUMENTS === 'all' ? 1 : 6;

/** What has no arguments, is an error, or is a method of an object in {@link calls}. */
const WITHOUT = [
  'availableBackends',
  'renormalize',
  'silence',
  'CausalLM',
  'EncoderModel',
  'G2pModel',
  'RecurrentSeq2Seq',
  'Seq2SeqLM',
];

/** Wrong values that are a caller's own: a function that does not do what it is for, and a number of tokens that a model without a limit of its context generates. */
function isLeft(place: string, wrong: unknown): boolean {
  if (/\.read$/.test(place)) return typeof wrong === 'function';
  return /^RecurrentSeq2Seq.* 1\.maxNewTokens$/.test(place) && typeof wrong === 'number' && wrong > 1e6;
}

const embedded = await encoder.embed('the river bank');
const logits = await causal.nextLogits('abc');
afterAll(async () => {
  await Promise.all([encoder.dispose(), causal.dispose()]);
});

it('has calls of all functions and classes', () => {
  const tested = new Set(calls.map(({ name }) => name.split('.')[0]));
  const all = Object.entries(core).filter(
    ([name, value]) => typeof value === 'function' && !name.endsWith('Error'),
  );
  const missing = all.map(([name]) => name).filter((name) => !tested.has(name) && !WITHOUT.includes(name));
  expect(missing).toEqual([]);
});

it('has calls of all metrics', () => {
  expect(metricCalls.map(({ name }) => name).sort()).toEqual(Object.keys(metrics).sort());
});

it('has all methods of the models', () => {
  for (const model of [core.EncoderModel, core.CausalLM, core.Seq2SeqLM, core.RecurrentSeq2Seq]) {
    const methods = Object.entries(Object.getOwnPropertyDescriptors(model.prototype))
      .filter(
        ([name, { value }]) => typeof value === 'function' && !['constructor', 'dispose'].includes(name),
      )
      .map(([name]) => `${model.name}.${name}`);
    expect(calls.map(({ name }) => name)).toEqual(expect.arrayContaining(methods));
  }
});

it.each(calls.map((call, i) => [`${i} ${call.name}`, call] as const))(
  '%s gives a value or a HeadwiseError for a wrong argument',
  async (_, call) => {
    expect(await problemOf(call, call.args)).toBeUndefined();
    expect(await problemsOf(call, STEP, isLeft)).toEqual([]);
    expect(await problemOf(call, [])).toBeUndefined();
    expect({}).not.toHaveProperty('x');
  },
);

it('leaves models that compute the same bits', async () => {
  expect(await encoder.embed('the river bank')).toEqual(embedded);
  expect(await causal.nextLogits('abc')).toEqual(logits);
});

it('tries more than a few values and places', () => {
  expect(WRONG.length).toBeGreaterThan(40);
  expect(calls.reduce((sum, { args }) => sum + placesOf(args).length, 0)).toBeGreaterThan(800);
});
