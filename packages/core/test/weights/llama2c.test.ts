import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { FormatError } from '../../src/errors.ts';
import { openSingleFile } from '../../src/load/open-single-file.ts';
import { memorySource } from '../../src/platform/bytes.ts';
import { toFloat32 } from '../../src/weights/convert.ts';
import { Llama2cCheckpoint, type Llama2cRule } from '../../src/weights/llama2c/index.ts';
import { parseLlama2cTokenizer } from '../../src/weights/llama2c/tokenizer.ts';
import { difference, fixtureCases } from '../helpers/fixture.ts';
import { llama2cFile, llama2cTokenizer, tinyLlama2c } from '../helpers/llama2c.ts';
import { randomNumbers } from '../helpers/safetensors.ts';
import { STORIES, STORIES_WEIGHTS_END, storiesFiles, storiesReference } from '../helpers/stories.ts';

const open = (file: Uint8Array) => Llama2cCheckpoint.open(memorySource(file), 'm.bin');

describe('openSingleFile with stories15M', () => {
  it('returns the config and the tokenizer', async () => {
    const model = await openSingleFile(await storiesFiles());
    expect(model?.configJson).toMatchObject({
      model_type: 'llama',
      hidden_size: 288,
      intermediate_size: 768,
      num_hidden_layers: 6,
      num_attention_heads: 6,
      num_key_value_heads: 6,
      vocab_size: 32_000,
      max_position_embeddings: 256,
      rope_interleave: true,
      tie_word_embeddings: true,
    });
    expect(model?.tokenizer.vocabSize).toBe(32_000);
    expect(model?.tokenizer.modelMaxLength).toBe(256);
    expect(model?.tokenizer.specialTokens).toMatchObject({ unk: 0, bos: 1, eos: 2 });
  });

  it('reads tensors under Hugging Face’s names', async () => {
    const { checkpoint } = (await openSingleFile(await storiesFiles()))!;
    expect(checkpoint.names).toHaveLength(2 + 9 * 6);
    expect(checkpoint.names).not.toContain('lm_head.weight');
    expect(checkpoint.info('model.embed_tokens.weight')).toEqual({ dtype: 'F32', shape: [32_000, 288] });
    expect(checkpoint.info('model.layers.5.mlp.down_proj.weight').shape).toEqual([288, 768]);
    const floats = new Float32Array(readFileSync(STORIES).buffer, 0, STORIES_WEIGHTS_END / 4).subarray(7);
    // Offsets of run.c's memory_map_weights, computed by hand.
    const norms = 32_000 * 288;
    const queries = norms + 6 * 288;
    const outputs = queries + 3 * 6 * 288 * 288;
    const down = outputs + 6 * 288 * 288 + 6 * 288 + 6 * 768 * 288;
    const last = down + 2 * 6 * 768 * 288;
    const values = async (name: string) => toFloat32(await checkpoint.read(name));
    expect(await values('model.layers.2.input_layernorm.weight')).toEqual(
      floats.subarray(norms + 2 * 288, norms + 3 * 288),
    );
    const expected = floats.subarray(outputs + 288 * 288, outputs + 2 * 288 * 288);
    expect(difference(await values('model.layers.1.self_attn.o_proj.weight'), expected)).toBe(0);
    expect(await values('model.norm.weight')).toEqual(floats.subarray(last, last + 288));
    const rows = await checkpoint.read('model.layers.3.mlp.down_proj.weight', { axis: 0, from: 5, to: 7 });
    const at = down + (3 * 288 + 5) * 768;
    expect(toFloat32(rows)).toEqual(floats.subarray(at, at + 2 * 768));
    expect(() => checkpoint.info('lm_head.weight')).toThrow('llama2.data has no tensor "lm_head.weight"');
  });

  it('tokenizes as SentencePiece does', async () => {
    const { tokenizer } = (await openSingleFile(await storiesFiles()))!;
    expect([...tokenizer.encode(storiesReference.prompt).ids]).toEqual(storiesReference.prompt_ids);
    for (const { text, ids } of fixtureCases<{ text: string; ids: number[] }>('sentencepiece-ids')) {
      expect([...tokenizer.encode(text, { addSpecialTokens: false, offsets: true }).ids], text).toEqual(ids);
    }
  });

  it('decodes token ids to text', async () => {
    const { tokenizer } = (await openSingleFile(await storiesFiles()))!;
    expect(tokenizer.decode([...storiesReference.prompt_ids, ...storiesReference.greedy_ids])).toBe(
      // The reference has SentencePiece's leading space.
      storiesReference.greedy_text.trimStart(),
    );
    for (const text of ['나는 커피를 마셨다.', '  a  b ', '👩‍👩‍👧‍👦 . , !', "I 'm n't", 'a\nb']) {
      expect(tokenizer.decode(tokenizer.encode(text).ids)).toBe(text);
    }
  });
});

describe('openSingleFile with a llama2.c file', () => {
  const file = tinyLlama2c({});
  const tokenizer = llama2cTokenizer(300);
  const found = async (...source: Parameters<typeof openSingleFile>) =>
    (await openSingleFile(...source))?.configJson.hidden_size;

  it('opens a path, a directory or a URL', async () => {
    const directory = dirname(STORIES);
    expect(await found(STORIES)).toBe(288);
    expect(await found(pathToFileURL(STORIES))).toBe(288);
    expect(await found(pathToFileURL(STORIES).href)).toBe(288);
    expect(await found(directory)).toBe(288);
    expect(await found(directory, { weightsFile: 'llama2.data' })).toBe(288);
    const requested: string[] = [];
    const serve = (async (url: URL, { method = 'GET' }: RequestInit = {}) => {
      requested.push(`${method} ${url.href}`);
      const body = url.pathname.endsWith('tokenizer.bin') ? tokenizer : file;
      return new Response(method === 'HEAD' ? null : body.slice());
    }) as unknown as typeof fetch;
    expect(await found('https://x.org/a/tiny%20m.bin?key=1', { fetch: serve, cache: false })).toBe(8);
    expect(requested).toEqual([
      'GET https://x.org/a/tiny%20m.bin?key=1',
      'HEAD https://x.org/a/tokenizer.bin?key=1',
      'GET https://x.org/a/tokenizer.bin?key=1',
    ]);
  });

  it('finds the model among files in memory', async () => {
    expect(await found({ 'm.bin': file, 'tokenizer.bin': tokenizer })).toBe(8);
    expect(await found({ 'all.data': new Blob([file.slice(), tokenizer.slice()]) })).toBe(8);
    expect(
      await found({ 'a.bin': file, 'b.bin': file, 'tokenizer.bin': tokenizer }, { weightsFile: 'b.bin' }),
    ).toBe(8);
    await expect(found({ 'a.bin': file, 'b.bin': file, 'tokenizer.bin': tokenizer })).rejects.toThrow(
      'There are several .bin files in the files given: a.bin, b.bin; choose one with the option weightsFile',
    );
    await expect(found({ 'm.bin': file })).rejects.toMatchObject({
      reason: 'not-found',
      file: 'tokenizer.bin',
    });
  });

  it('returns undefined when there is no model file', async () => {
    expect(await found({ 'config.json': '{}', 'pytorch_model.bin': 'x' })).toBeUndefined();
    expect(await found({ 'model.safetensors': 'x', 'm.bin': file })).toBeUndefined();
    expect(await found({ 'm.bin': file }, { weightsFile: 'model.safetensors' })).toBeUndefined();
    expect(await found('org/name.bin')).toBeUndefined();
    expect(await found('https://x.org/a')).toBeUndefined();
  });
});

describe('Llama2cCheckpoint', () => {
  it('reads the output head when it is not shared', async () => {
    const checkpoint = await open(tinyLlama2c({ shared: false }));
    expect(checkpoint.info('lm_head.weight').shape).toEqual([300, 8]);
    const head = toFloat32(await checkpoint.read('lm_head.weight', { axis: 0, from: 299, to: 300 }));
    const file = tinyLlama2c({ shared: false });
    expect(head).toEqual(new Float32Array(file.buffer, file.byteLength - 32));
  });

  it('reads key-value heads of grouped-query attention', async () => {
    const checkpoint = await open(tinyLlama2c({ keyValueHeads: 1 }));
    expect(checkpoint.info('model.layers.1.self_attn.k_proj.weight').shape).toEqual([4, 8]);
    expect(checkpoint.info('model.layers.1.self_attn.q_proj.weight').shape).toEqual([8, 8]);
  });

  const whole = tinyLlama2c({});
  it.each<[Llama2cRule, string, Uint8Array]>([
    ['header-too-small', 'an empty file', new Uint8Array(0)],
    ['header-too-small', '27 bytes', whole.subarray(0, 27)],
    ['later-format', 'the magic of version 1', llama2cFile([0x616b3432, 1, 8, 16, 2, 2, 2])],
    ['invalid-size', 'no layers', llama2cFile([8, 16, 0, 2, 2, 300, 16])],
    ['invalid-size', 'a negative width', llama2cFile([-8, 16, 2, 2, 2, 300, 16])],
    ['invalid-size', 'no vocabulary', llama2cFile([8, 16, 2, 2, 2, 0, 16])],
    ['invalid-heads', 'three heads of eight features', llama2cFile([8, 16, 2, 3, 3, 300, 16])],
    ['invalid-heads', 'heads of one feature', llama2cFile([8, 16, 2, 8, 8, 300, 16])],
    ['invalid-heads', 'three key-value heads for four', llama2cFile([8, 16, 2, 4, 3, 300, 16])],
    [
      'size-overflow',
      'sizes beyond exact integers',
      llama2cFile([2 ** 30, 2 ** 30, 2 ** 30, 2, 2, 2 ** 30, 16]),
    ],
    ['weights-past-end', 'only the header', llama2cFile([8, 16, 2, 2, 2, 300, 16])],
    ['weights-past-end', 'a truncated file', whole.subarray(0, -1)],
    ['weights-past-end', 'a missing output head', withInt(whole, 5, -300)],
    ['weights-past-end', '2^31 − 1 layers', withInt(whole, 2, 2 ** 31 - 1)],
    ['weights-past-end', 'a vocabulary size of −2^31', withInt(whole, 5, -(2 ** 31))],
  ])('throws %s for %s', async (rule, _, file) => {
    await expect(open(file)).rejects.toMatchObject({ name: 'FormatError', rule });
  });

  const tokenizer = llama2cTokenizer(300);
  const parse = (bytes: Uint8Array) => () => parseLlama2cTokenizer(bytes, 300);
  it.each<[Llama2cRule, string, Uint8Array]>([
    ['tokenizer-past-end', 'an empty tokenizer', new Uint8Array(0)],
    ['tokenizer-past-end', 'a truncated piece', tokenizer.subarray(0, -1)],
    ['tokenizer-past-end', 'a missing piece', tokenizer.subarray(0, -(8 + 4))],
    ['trailing-bytes', 'a trailing byte', new Uint8Array([...tokenizer, 0])],
    ['piece-length', 'an empty piece', withInt(tokenizer, 2, 0)],
    ['piece-length', 'a piece of a negative length', withInt(tokenizer, 2, -1)],
    ['piece-length', 'a piece longer than the maximum', withInt(tokenizer, 2, 100)],
    ['piece-score', 'a score of NaN', withInt(tokenizer, 1, 0x7fc0_0000)],
    ['piece-not-utf8', 'a piece that is not valid UTF-8', withByte(tokenizer, tokenizer.length - 1, 0xff)],
    ['duplicate-piece', 'two equal pieces', withByte(tokenizer, tokenizer.length - 1, 0x38)],
  ])('parseLlama2cTokenizer throws %s for %s', (rule, _, bytes) => {
    expect(parse(bytes)).toThrow(expect.objectContaining({ name: 'FormatError', rule }));
  });

  it('throws FormatError or reads within bounds when random bytes are changed', async () => {
    const random = randomNumbers(20_250_101);
    const all = new Uint8Array([...whole, ...tokenizer]);
    let rejected = 0;
    for (let round = 0; round < 3_000; round++) {
      const file = all.slice(0, random() % 4 === 0 ? random() % (all.length + 1) : all.length);
      for (let flips = random() % 3; flips >= 0 && file.length > 0; flips--) {
        // Changes the header or the tokenizer.
        const at = random() % 2 ? random() % 28 : whole.length + (random() % tokenizer.length);
        if (at < file.length) file[at] = random() % 256;
      }
      const source = {
        size: file.length,
        async read(from: number, to: number) {
          expect(from >= 0 && from <= to && to <= file.length).toBe(true);
          return file.subarray(from, to);
        },
      };
      try {
        const checkpoint = await Llama2cCheckpoint.open(source);
        for (const name of checkpoint.names) await checkpoint.read(name);
        parseLlama2cTokenizer(file.subarray(checkpoint.weightsEnd), checkpoint.header.vocabSize);
      } catch (error) {
        if (!(error instanceof FormatError)) throw error;
        rejected++;
      }
    }
    expect(rejected).toBeGreaterThan(1_500);
  });
});

function withInt(file: Uint8Array, index: number, value: number): Uint8Array {
  const copy = file.slice();
  new DataView(copy.buffer).setInt32(4 * index, value, true);
  return copy;
}

function withByte(file: Uint8Array, index: number, value: number): Uint8Array {
  const copy = file.slice();
  copy[index] = value;
  return copy;
}
