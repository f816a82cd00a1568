import { expect, it } from 'vitest';
import { parseSeq2SeqConfig } from '../../src/internal.ts';
import { readDecoderConfig } from '../../src/models/decoders/registry.ts';
import { readEncoderConfig } from '../../src/models/encoders/registry.ts';

// What the configuration classes of transformers 5.17 have where config.json does not say it.

it.each([
  ['bert', 1e-12],
  ['roberta', 1e-12],
  ['xlm-roberta', 1e-12],
  ['camembert', 1e-12],
  ['electra', 1e-12],
  ['mpnet', 1e-12],
  ['albert', 1e-12],
  ['distilbert', 1e-12],
  ['deberta-v2', 1e-7],
  ['modernbert', 1e-5],
] as const)('an encoder of type %s has the epsilon %f by default', async (model_type, epsilon) => {
  expect((await readEncoderConfig({ model_type })).layerNormEps).toBe(epsilon);
});

it.each([
  ['llama', 1e-6],
  ['mistral', 1e-6],
  ['qwen2', 1e-6],
  ['qwen3', 1e-6],
  ['gpt2', 1e-5],
  ['gpt_neo', 1e-5],
  ['gptj', 1e-5],
  ['gpt_neox', 1e-5],
  ['falcon', 1e-5],
  ['cohere', 1e-5],
  ['gemma', 1e-6],
  ['gemma2', 1e-6],
  ['gemma3_text', 1e-6],
  ['granite', 1e-6],
  ['mixtral', 1e-5],
  ['olmo2', 1e-5],
  ['phi', 1e-5],
  ['phi3', 1e-5],
  ['qwen2_moe', 1e-6],
  ['qwen3_moe', 1e-6],
  ['smollm3', 1e-6],
  ['stablelm', 1e-5],
] as const)('a decoder of type %s has the epsilon %f by default', async (model_type, epsilon) => {
  expect((await readDecoderConfig({ model_type })).normEps).toBe(epsilon);
});

it.each([
  ['t5', 1e-6],
  ['mt5', 1e-6],
  ['umt5', 1e-6],
] as const)('an encoder–decoder of type %s has the epsilon %f by default', (model_type, epsilon) => {
  const required = { pad_token_id: 0, eos_token_id: 1, decoder_start_token_id: 0 };
  expect(parseSeq2SeqConfig({ model_type, ...required })).toMatchObject({ normEps: epsilon });
});
