import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readTokenizerFiles } from '../../src/load/open-tokenizer.ts';
import { Tokenizer } from '../../src/text/tokenizer.ts';
import { resolveSource } from '../../src/weights/sources/resolve.ts';

interface Case {
  name: string;
  files: Record<string, string>;
  ids: number[][];
  pair: { input_ids: number[]; token_type_ids?: number[] };
  decoded: string[];
  specialTokens: Record<string, number | null>;
}

const { texts, cases } = JSON.parse(
  readFileSync(new URL('../fixtures/tokenizer-parts.json', import.meta.url), 'utf8'),
) as { texts: string[]; cases: Case[] };

function repository(files: Record<string, string>) {
  const bytes = Object.entries(files).map(([name, content]) => [
    name,
    /\.(model|spm)$/.test(name) ? Buffer.from(content, 'base64') : new TextEncoder().encode(content),
  ]);
  return resolveSource(Object.fromEntries(bytes), {});
}

async function open(files: Record<string, string>): Promise<Tokenizer> {
  const source = repository(files);
  return Tokenizer.fromFiles(await readTokenizerFiles(source, await source.json('config.json')));
}

describe('a tokenizer without tokenizer.json', () => {
  for (const { name, files, ids, pair, decoded, specialTokens } of cases) {
    it(`gives the ids of AutoTokenizer: ${name}`, async () => {
      const tokenizer = await open(files);
      expect(texts.map((text) => [...tokenizer.encode(text).ids])).toEqual(ids);
      const both = tokenizer.encode('The fox', { pair: 'the dog' });
      expect([...both.ids]).toEqual(pair.input_ids);
      if (pair.token_type_ids) expect([...both.typeIds]).toEqual(pair.token_type_ids);
      expect(ids.map((one) => tokenizer.decode(one))).toEqual(decoded);
      const named = Object.entries(specialTokens).filter(([, id]) => id !== null);
      expect(tokenizer.specialTokens).toMatchObject(Object.fromEntries(named));
    });
  }

  it('is read from onnx/tokenizer.json when the root has no vocabulary', async () => {
    const [bert] = cases;
    const source = repository(bert!.files);
    const made = await readTokenizerFiles(source, { model_type: 'bert' });
    const tokenizer = await open({
      'config.json': '{"model_type":"bert"}',
      'onnx/tokenizer.json': JSON.stringify(made.tokenizerJson),
      'tokenizer_config.json': '{"tokenizer_class":"BertTokenizer"}',
    });
    expect([...tokenizer.encode(texts[2]!).ids]).toEqual(bert!.ids[2]);
  });

  it('is refused by name when its class cannot be read from the files', async () => {
    const { 'vocab.txt': vocab } = cases[0]!.files;
    const files = { 'config.json': '{"model_type":"bert"}', 'vocab.txt': vocab! };
    const config = { tokenizer_class: 'BertJapaneseTokenizer' };
    await expect(open({ ...files, 'tokenizer_config.json': JSON.stringify(config) })).rejects.toThrow(
      /has vocab\.txt but no tokenizer\.json, and its tokenizer class BertJapaneseTokenizer is not one/,
    );
    await expect(open({ ...files, 'config.json': '{}' })).rejects.toThrow(/is not named/);
    await expect(open({ ...files, 'config.json': '{"model_type":"gpt2"}' })).rejects.toThrow(
      /its class GPT2Tokenizer needs vocab\.json and merges\.txt/,
    );
  });

  it('is not found when there are no files of a tokenizer', async () => {
    await expect(open({ 'config.json': '{"model_type":"bert"}' })).rejects.toMatchObject({
      code: 'ERR_LOAD',
      reason: 'not-found',
      file: 'tokenizer.json',
    });
  });

  it('is refused when a vocabulary is broken', async () => {
    const gpt2 = { 'config.json': '{"model_type":"gpt2"}', 'vocab.json': '{"a":0}', 'merges.txt': 'a b c' };
    await expect(open(gpt2)).rejects.toThrow(/merges\.txt: line 1 must have two pieces/);
    await expect(open({ ...gpt2, 'vocab.json': '{"a":"x"}' })).rejects.toThrow(/"a" must have an id/);
  });
});

describe('a SentencePiece model', () => {
  const files = (name: string) => cases.find((one) => one.name === name)!.files;
  const t5 = files('T5');
  const model = Buffer.from(t5['spiece.model']!, 'base64');
  const withModel = (bytes: Uint8Array) => ({
    ...t5,
    'spiece.model': Buffer.from(bytes).toString('base64'),
  });

  it('is refused when it is cut at any place within a field', async () => {
    const errors = [];
    for (let length = 0; length < 200; length += 7) {
      const opened = open(withModel(model.subarray(0, length))).catch((error: unknown) => error);
      const result = await opened;
      if (!(result instanceof Tokenizer)) errors.push((result as { code: string }).code);
    }
    expect(new Set(errors)).toEqual(new Set(['ERR_FORMAT']));
    expect(errors.length).toBeGreaterThan(20);
  });

  it('is refused when it is another file', async () => {
    const text = new TextEncoder().encode('{"model": "text"}');
    await expect(open(withModel(text))).rejects.toThrow(/spiece\.model is not a SentencePiece model/);
  });

  it('is refused when its algorithm is not that of the class', async () => {
    const bpe = files('Llama')['tokenizer.model']!;
    await expect(open({ ...t5, 'spiece.model': bpe })).rejects.toThrow(
      'spiece.model: T5Tokenizer needs a SentencePiece model of type Unigram, got BPE',
    );
  });

  it('is refused when extra_ids is not a count', async () => {
    const config = JSON.stringify({ extra_ids: 1e9 });
    await expect(open({ ...t5, 'tokenizer_config.json': config })).rejects.toThrow(/extra_ids/);
  });
});

describe('special_tokens_map.json', () => {
  const files = {
    'config.json': '{}',
    'tokenizer.json': JSON.stringify({
      pre_tokenizer: { type: 'Whitespace' },
      model: { type: 'WordLevel', vocab: { a: 0, b: 1, '?': 2 }, unk_token: '?' },
    }),
    'special_tokens_map.json': JSON.stringify({
      eos_token: 'b',
      additional_special_tokens: [{ content: '<x>', lstrip: true, rstrip: false, normalized: false }],
    }),
  };

  it('adds its tokens to those of tokenizer.json', async () => {
    const tokenizer = await open(files);
    expect([...tokenizer.encode('a <x> b').ids]).toEqual([0, 3, 1]);
    expect(tokenizer.specialTokens.eos).toBe(1);
  });

  it('is not read when tokenizer_config.json has added_tokens_decoder', async () => {
    const config = { eos_token: 'a', added_tokens_decoder: { 0: { content: 'a', special: true } } };
    const tokenizer = await open({ ...files, 'tokenizer_config.json': JSON.stringify(config) });
    expect(tokenizer.specialTokens.eos).toBe(0);
    expect(tokenizer.tokenToId('<x>')).toBeUndefined();
  });
});

describe('added_tokens.json beside tokenizer.json', () => {
  const word = (id: number, content: string) => ({ id, content, special: false, normalized: true });
  const files = {
    'config.json': '{}',
    'tokenizer.json': JSON.stringify({
      added_tokens: [word(3, '<z>')],
      pre_tokenizer: { type: 'Whitespace' },
      model: { type: 'WordLevel', vocab: { a: 0, b: 1, '?': 2 }, unk_token: '?' },
    }),
    'tokenizer_config.json': JSON.stringify({ tokenizer_class: 'PreTrainedTokenizerFast', eos_token: '<y>' }),
    'added_tokens.json': JSON.stringify({ '<x>': 4, '<w>': 3, '<y>': 5 }),
  };

  it('is added, where tokenizer.json has other tokens of those ids, and special where it has a name', async () => {
    const tokenizer = await open(files);
    expect([...tokenizer.encode('a <x> b <z> <y>').ids]).toEqual([0, 4, 1, 3, 5]);
    expect(tokenizer.decode([0, 4, 5], { skipSpecialTokens: true })).toBe('a <x>');
    expect(tokenizer.tokenToId('<w>')).toBeUndefined();
  });

  it('is not read when tokenizer_config.json has added_tokens_decoder', async () => {
    const config = {
      tokenizer_class: 'PreTrainedTokenizerFast',
      added_tokens_decoder: { 3: word(3, '<z>') },
    };
    const tokenizer = await open({ ...files, 'tokenizer_config.json': JSON.stringify(config) });
    expect(tokenizer.tokenToId('<x>')).toBeUndefined();
  });

  it('is refused when it is no object of ids', async () => {
    await expect(open({ ...files, 'added_tokens.json': '[]' })).rejects.toMatchObject({ code: 'ERR_FORMAT' });
    await expect(open({ ...files, 'added_tokens.json': '{"<x>": 1.5}' })).rejects.toMatchObject({
      code: 'ERR_FORMAT',
    });
  });
});
