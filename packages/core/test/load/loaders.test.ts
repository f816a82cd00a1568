import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  type AnyModel,
  ConfigError,
  loadCausalLM,
  loadEncoder,
  loadModel,
  loadRecurrentSeq2Seq,
  loadSeq2SeqLM,
  type WeightTypeName,
} from '../../src/index.ts';
import { ggufOfCheckpoint } from '../helpers/gguf-models.ts';
import { tinyDecoderCheckpoint, tinyDecoderConfig } from '../helpers/tiny-decoders.ts';
import { tinyFiles } from '../helpers/tiny-encoders.ts';
import { tinyDecoderFiles, tinySeq2SeqFiles } from '../helpers/tiny-generators.ts';
import { tinyRecurrentFiles } from '../helpers/tiny-recurrent.ts';

const backend = 'reference';
const repositories = {
  encoder: tinyFiles('bert'),
  causalLM: tinyDecoderFiles('gpt2'),
  seq2seqLM: tinySeq2SeqFiles('t5'),
  recurrentSeq2Seq: tinyRecurrentFiles(),
} as const;
type Kind = keyof typeof repositories;
const kinds = Object.keys(repositories) as Kind[];

const loaders: Readonly<Record<Kind, (files: object, options?: object) => Promise<AnyModel>>> = {
  encoder: (files, options) => loadEncoder(files as never, { backend, ...options }),
  causalLM: (files, options) => loadCausalLM(files as never, { backend, ...options }),
  seq2seqLM: (files, options) => loadSeq2SeqLM(files as never, { backend, ...options }),
  recurrentSeq2Seq: (files, options) => loadRecurrentSeq2Seq(files as never, { backend, ...options }),
};
const names: Readonly<Record<Kind, string>> = {
  encoder: 'loadEncoder',
  causalLM: 'loadCausalLM',
  seq2seqLM: 'loadSeq2SeqLM',
  recurrentSeq2Seq: 'loadRecurrentSeq2Seq',
};

describe.each(kinds)('the loader of the kind %s', (kind) => {
  it('returns a model of its kind', async () => {
    const model = await loaders[kind](repositories[kind]);
    expect(model.kind).toBe(kind);
    await model.dispose();
  });

  it.each(kinds.filter((other) => other !== kind))(
    'names the right loader when given the kind %s',
    async (other) => {
      const loading = loaders[kind](repositories[other]);
      await expect(loading).rejects.toThrow(ConfigError);
      await expect(loading).rejects.toThrow(
        new RegExp(`^${names[kind]}: expected .*; load it with ${names[other]}$`),
      );
    },
  );

  it('names itself when dtype is unknown', async () => {
    await expect(loaders[kind](repositories[kind], { dtype: 'int3' })).rejects.toThrow(
      `${names[kind]}: dtype must be one of auto, f32, f16, q8, q4, fp32, fp16, got "int3"`,
    );
  });

  it.each(['fp32', 'fp16'] satisfies WeightTypeName[])('takes dtype %s', async (dtype) => {
    const model = await loaders[kind](repositories[kind], { dtype });
    expect(model.kind).toBe(kind);
    await model.dispose();
  });
});

describe('loadModel', () => {
  it.each(kinds)('loads a repository of the kind %s and says so', async (kind) => {
    const model = await loadModel(repositories[kind], { backend });
    expect(model.kind).toBe(kind);
    await model.dispose();
  });

  it('throws ConfigError with all supported types when model_type is unknown', async () => {
    const files = { 'config.json': '{"model_type":"mamba"}' };
    await expect(loadModel(files)).rejects.toThrow(
      'loadModel: config.json: model_type must be one of bert, distilbert, electra, roberta, xlm-roberta, camembert, ' +
        'mpnet, modernbert, nomic_bert, new, albert, deberta-v2, gpt2, llama, mistral, qwen2, qwen3, cohere, cohere2, ' +
        'falcon, gemma, gemma2, gemma3_text, gpt_neo, gpt_neox, gptj, granite, mixtral, olmo2, opt, phi, phi3, ' +
        'qwen2_moe, qwen3_moe, smollm3, stablelm, t5, mt5, umt5, bart, marian, mbart, m2m_100, pegasus, ' +
        'recurrent_seq2seq, got "mamba"',
    );
  });

  it('throws ConfigError when config.json has no model_type or is no object', async () => {
    await expect(loadModel({ 'config.json': '{}' })).rejects.toThrow('got undefined');
    await expect(loadModel({ 'config.json': '[]' })).rejects.toThrow(ConfigError);
  });

  it('names itself in errors about options', async () => {
    const loading = loadModel(repositories.causalLM, { backend, dtype: 'int3' as never });
    await expect(loading).rejects.toThrow('loadModel: dtype must be one of');
  });
});

describe('loadEncoder', () => {
  it('names loadCausalLM when given a GGUF file with a decoder', async () => {
    const file = await ggufOfCheckpoint(tinyDecoderConfig('llama'), await tinyDecoderCheckpoint('llama'));
    const directory = await mkdtemp(join(tmpdir(), 'headwise-'));
    try {
      await writeFile(join(directory, 'llama.gguf'), file);
      await expect(loadEncoder(join(directory, 'llama.gguf'), { backend })).rejects.toThrow(
        /^loadEncoder: expected an encoder, got model_type "llama", .*; load it with loadCausalLM$/,
      );
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});
