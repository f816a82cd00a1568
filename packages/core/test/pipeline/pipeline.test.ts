import { expect, test } from 'vitest';
import { loadEncoder } from '../../src/index.ts';
import { pipeline } from '../../src/pipeline.ts';
import { tinyFiles } from '../helpers/tiny-encoders.ts';
import { loadTinyCausalLM } from '../helpers/tiny-generators.ts';

test('an unknown task is refused, with the names of those that exist', async () => {
  for (const task of ['image-classification', 'toString', undefined])
    await expect(pipeline(task as 'fill-mask', tinyFiles('bert'))).rejects.toMatchObject({
      code: 'ERR_CONFIG',
      message: expect.stringMatching(/no task .*; there are feature-extraction, .*sentiment-analysis/),
    });
});

test('a model is needed, of the kind of the task', async () => {
  await expect(pipeline('fill-mask', undefined as never)).rejects.toThrow('needs a model');
  await using writer = await loadTinyCausalLM('llama');
  await expect(pipeline('fill-mask', writer as never)).rejects.toThrow(
    'kind encoder, got one of kind causalLM',
  );
  await expect(pipeline('text-generation', tinyFiles('bert'))).rejects.toThrow('loadEncoder');
});

test('options are those of the loaders', async () => {
  const unmask = await pipeline('fill-mask', tinyFiles('bert'), { dtype: 'q8', backend: 'wasm-simd' });
  expect([unmask.model.dtype, unmask.model.backend]).toEqual(['q8', 'wasm-simd']);
  const wrong = (options: object) => pipeline('fill-mask', tinyFiles('bert'), options);
  await expect(wrong({ device: 'webgpu' })).rejects.toThrow('the option backend');
  await expect(wrong({ quantized: true })).rejects.toThrow('the option dtype');
  await expect(wrong({ progress_callback: () => {} })).rejects.toThrow('the option onProgress');
});

test('disposing of a pipeline disposes of its model', async () => {
  const model = await loadEncoder(tinyFiles('bert'));
  {
    await using extract = await pipeline('feature-extraction', model);
    expect(extract.tokenizer).toBe(model.tokenizer);
    expect((await extract('a')).dims[0]).toBe(1);
  }
  await expect(model.embed('a')).rejects.toMatchObject({ code: 'ERR_DISPOSED' });
});
