import { describe, expect, it } from 'vitest';
import { loadCausalLM, type ModelSource } from '../../src/index.ts';
import { saveModel } from '../../src/save.ts';
import { FAMILIES, FIXED, ggufOfFamily } from '../helpers/gguf-families.ts';
import { ggufOfCheckpoint } from '../helpers/gguf-models.ts';
import { watchedBackend } from '../helpers/kept-weights.ts';
import { llama2cTokenizer, tinyLlama2c } from '../helpers/llama2c.ts';
import {
  type TinyDecoder,
  tinyDecoderCheckpoint,
  tinyDecoderConfig,
  tinyDecoders,
} from '../helpers/tiny-decoders.ts';

async function ggufFiles(name: TinyDecoder): Promise<Record<string, Uint8Array>> {
  const config = { ...tinyDecoderConfig(name), ...FIXED[name] };
  const convert = FAMILIES.includes(name) ? ggufOfFamily : ggufOfCheckpoint;
  return { 'model.gguf': await convert(config, await tinyDecoderCheckpoint(name)) };
}

/** Digests of the weights that a model keeps, and what it writes. */
async function loaded(source: ModelSource, dtype?: 'q8') {
  const { backend, kept, rounded } = await watchedBackend('wasm-relaxed-simd');
  const model = await loadCausalLM(source, { backend, ...(dtype && { dtype }) });
  const { ids } = await model.generate('t5 t7', { maxNewTokens: 3 });
  const { chatTemplate, tokenizer, config } = model;
  const text = [...tokenizer.encode('t12 t4 <s> é').ids];
  await model.dispose();
  return { kept, rounded, ids, text, config, hasTemplate: chatTemplate !== undefined };
}

const sources: readonly (readonly [string, () => Promise<Record<string, Uint8Array>>])[] = [
  ...[...tinyDecoders, ...FAMILIES].map((name) => [`GGUF of ${name}`, () => ggufFiles(name)] as const),
  [
    'llama2.c',
    () =>
      Promise.resolve({
        'model.bin': tinyLlama2c({ shared: false, keyValueHeads: 1 }),
        'tokenizer.bin': llama2cTokenizer(300),
      }),
  ],
];

describe('a single file that is saved as a repository', () => {
  it.each(sources)('%s has the same weights, configuration and tokens', async (_, files) => {
    const source = await files();
    const saved = new Map<string, Uint8Array>();
    await saveModel(source, saved, { dtype: 'q8' });
    expect([...saved.keys()].sort()).toEqual([
      'config.json',
      'model.safetensors',
      'tokenizer.json',
      'tokenizer_config.json',
    ]);
    const { rounded: _rounded, ...expected } = await loaded(source, 'q8');
    const { rounded, ...repository } = await loaded(saved);
    expect(repository).toEqual(expected);
    expect(rounded).toEqual([]);
  });

  it('keeps the chat template', async () => {
    const config = tinyDecoderConfig('llama');
    const template = "{% for message in messages %}{{ message['content'] }}{% endfor %}";
    const metadata = { 'tokenizer.chat_template': { type: 'string' as const, value: template } };
    const file = await ggufOfCheckpoint(config, await tinyDecoderCheckpoint('llama'), { metadata });
    const saved = new Map<string, Uint8Array>();
    await saveModel({ 'model.gguf': file }, saved);
    const model = await loadCausalLM(saved);
    expect(await model.chatTemplate?.render([{ role: 'user', content: 'abc' }])).toBe('abc');
    await model.dispose();
  });
});
