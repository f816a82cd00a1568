import { describe, expect, it } from 'vitest';
import {
  answer,
  classify,
  classifyTokens,
  type EncoderModel,
  fillMask,
  indexTexts,
  loadEncoder,
  nextSentence,
  type TaskHeadKind,
} from '../../src/index.ts';
import { toFloat32 } from '../../src/weights/convert.ts';
import { backendNames } from '../helpers/fixture.ts';
import { changedFiles } from '../helpers/tiny-encoders.ts';

/** A BERT of which the first value of one tensor is `value`. */
async function brokenModel(
  name: string,
  value: number,
  backend: 'auto' | 'reference',
): Promise<EncoderModel> {
  const files = await changedFiles('bert', (tensors) => {
    const [key, tensor] = [...tensors].find(([tensor]) => tensor.endsWith(name))!;
    const values = toFloat32(tensor).slice();
    values[0] = value;
    tensors.set(key, { ...tensor, dtype: 'F32', bytes: new Uint8Array(values.buffer) });
  });
  const taskHeads: TaskHeadKind[] = [
    'maskedLM',
    'nextSentence',
    'sequenceClassification',
    'tokenClassification',
    'questionAnswering',
  ];
  return loadEncoder(files, { backend, taskHeads });
}

const TASKS: readonly (readonly [string, (model: EncoderModel) => Promise<unknown>])[] = [
  ['embed', (model) => model.embed('the bank')],
  ['embed of a maximum', (model) => model.embed('the bank', { pooling: 'max', normalize: false })],
  ['embed of several', (model) => model.embed(['the bank', 'a river'])],
  ['similarity', (model) => model.similarity('the bank', 'a river')],
  ['trace', (model) => model.trace('the bank')],
  ['classify', (model) => classify(model, 'the bank')],
  ['classifyTokens', (model) => classifyTokens(model, 'the bank')],
  ['fillMask', (model) => fillMask(model, 'the [MASK]')],
  ['nextSentence', (model) => nextSentence(model, 'the bank', 'a river')],
  ['answer', (model) => answer(model, 'the bank', 'a river')],
  ['indexTexts', (model) => indexTexts(model, [['a', 'the bank']])],
];

describe.each([
  ['embeddings.LayerNorm.beta', NaN],
  ['embeddings.LayerNorm.gamma', Infinity],
  ['layer.1.output.LayerNorm.beta', -Infinity],
])('a model whose %s is %d', (name, value) => {
  // The tanh of a pooler makes −1 of −∞, in PyTorch too.
  const tasks = TASKS.filter(([task]) => value !== -Infinity || !['classify', 'nextSentence'].includes(task));
  it.each(tasks)('rejects with ERR_NUMERIC from %s', async (_, run) => {
    const model = await brokenModel(name, value, 'auto');
    await expect(run(model)).rejects.toMatchObject({ code: 'ERR_NUMERIC' });
    await model.dispose();
  });
});

it.each(backendNames)('an infinite weight of the last layer alone is noticed on %s', async (backend) => {
  const model = await brokenModel('layer.1.output.LayerNorm.beta', Infinity, backend as 'auto');
  await expect(model.embed('the bank', { normalize: false })).rejects.toMatchObject({
    code: 'ERR_NUMERIC',
    message: expect.stringContaining('embedding vectors must be finite'),
  });
  await model.dispose();
});
