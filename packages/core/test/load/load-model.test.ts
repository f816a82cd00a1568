import { describe, expect, it } from 'vitest';
import {
  CausalLM,
  EncoderModel,
  loadCausalLM,
  loadEncoder,
  loadModel,
  loadSeq2SeqLM,
  type ModelSource,
  Seq2SeqLM,
} from '../../src/index.ts';
import { llama2cTokenizer, tinyLlama2c } from '../helpers/llama2c.ts';
import { tinyFiles } from '../helpers/tiny-encoders.ts';
import { tinyDecoderFiles, tinySeq2SeqFiles } from '../helpers/tiny-generators.ts';

const llama2cFiles = () => ({ 'model.bin': tinyLlama2c({}), 'tokenizer.bin': llama2cTokenizer(300) });

describe('loadModel', () => {
  it.each([
    ['bert', 'encoder', EncoderModel, () => tinyFiles('bert')],
    ['gpt2', 'causalLM', CausalLM, () => tinyDecoderFiles('gpt2')],
    ['a llama2.c file', 'causalLM', CausalLM, llama2cFiles],
    ['t5', 'seq2seqLM', Seq2SeqLM, () => tinySeq2SeqFiles('t5')],
  ] as const)('loads %s as %s', async (_, kind, type, files) => {
    const model = await loadModel(files());
    expect(model.kind).toBe(kind);
    expect(model).toBeInstanceOf(type);
    await model.dispose();
  });

  it('passes taskHeads on to encoders', async () => {
    const model = await loadModel(tinyFiles('bert'), { taskHeads: [] });
    expect(model.kind === 'encoder' && model.taskHeads).toEqual([]);
    await model.dispose();
  });

  it('throws ConfigError with the supported types when model_type is unknown', async () => {
    await expect(loadModel(tinyFiles('bert', { model_type: 'mamba' }))).rejects.toMatchObject({
      code: 'ERR_CONFIG',
      message: expect.stringMatching(
        /^loadModel: config\.json: model_type must be one of .*bert.*, got "mamba"$/,
      ),
    });
  });
});

describe('a loader given a model of another kind', () => {
  it.each([
    [loadEncoder, () => tinyDecoderFiles('gpt2'), 'a causal language model', 'loadCausalLM'],
    [loadCausalLM, () => tinySeq2SeqFiles('t5'), 'an encoder–decoder', 'loadSeq2SeqLM'],
    [loadSeq2SeqLM, () => tinyFiles('bert'), 'an encoder', 'loadEncoder'],
  ] as const)('$name throws ConfigError with the loader to use', async (load, files, what, loader) => {
    const loading = (load as (source: ModelSource) => Promise<unknown>)(files());
    await expect(loading).rejects.toMatchObject({
      code: 'ERR_CONFIG',
      message: expect.stringContaining(`${what}; load it with ${loader}`),
    });
  });
});

describe('dtype', () => {
  it.each([
    ['fp32', 'f32'],
    ['fp16', 'f16'],
  ] as const)('%s is a name of %s', async (alias, dtype) => {
    const embeddings = [];
    for (const name of [alias, dtype]) {
      const model = await loadEncoder(tinyFiles('bert'), { dtype: name });
      embeddings.push(await model.embed('she sat by the river bank'));
      await model.dispose();
    }
    expect(embeddings[0]).toEqual(embeddings[1]);
  });

  it('throws ConfigError for any other name', async () => {
    await expect(loadModel(tinyFiles('bert'), { dtype: 'fp8' as 'f32' })).rejects.toThrow(
      'loadModel: dtype must be one of f32, f16, q8, q4, fp32, fp16, got "fp8"',
    );
  });
});
