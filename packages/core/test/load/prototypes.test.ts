import { describe, expect, it } from 'vitest';
import {
  ChatTemplate,
  HeadwiseError,
  loadCausalLM,
  loadEncoder,
  readSafetensorsHeader,
  writeSafetensors,
} from '../../src/index.ts';
import { createStateDict } from '../../src/train.ts';

// JSON of files whose objects have keys of the prototype. Each object of each file is given some in turn: the file is read as without them, or refused, and no
// other object of the program changes.

type Json = Record<string, unknown>;

const POISON =
  '"__proto__":{"polluted":"yes"},"constructor":{"prototype":{"polluted":"yes"}},"polluted":"own"';

/** The texts of a JSON value of which one object each has more keys. */
function* poisoned(value: unknown): Generator<string> {
  const text = JSON.stringify(value);
  for (const { index } of text.matchAll(/\{(?=["}])/g)) {
    // An opening brace within a string.
    if ((text.slice(0, index).match(/(?<!\\)"/g)?.length ?? 0) % 2 === 1) continue;
    const rest = text.slice(index + 1);
    yield `${text.slice(0, index + 1)}${POISON}${rest.startsWith('}') ? '' : ','}${rest}`;
  }
}

function expectClean(): void {
  expect(({} as Json).polluted).toBeUndefined();
  expect(([] as unknown as Json).polluted).toBeUndefined();
  expect(Object.keys(Object.prototype)).toEqual([]);
}

/** The result of reading, or undefined if it was refused. */
async function readOrRefuse<T>(read: () => Promise<T> | T): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    expect(error).toBeInstanceOf(HeadwiseError);
    return undefined;
  } finally {
    expectClean();
  }
}

const sizes = {
  vocab_size: 5,
  hidden_size: 8,
  num_hidden_layers: 1,
  num_attention_heads: 2,
  intermediate_size: 8,
};
const ENCODER: Json = { model_type: 'bert', id2label: { 0: 'no', 1: 'yes' }, ...sizes };
const DECODER: Json = {
  model_type: 'llama',
  rope_scaling: { rope_type: 'linear', factor: 2 },
  max_position_embeddings: 16,
  ...sizes,
};
const TOKENIZER: Json = {
  added_tokens: [
    {
      id: 4,
      content: '<x>',
      special: true,
      lstrip: false,
      rstrip: false,
      normalized: false,
      single_word: false,
    },
  ],
  normalizer: { type: 'Sequence', normalizers: [{ type: 'Lowercase' }] },
  pre_tokenizer: { type: 'Whitespace' },
  post_processor: {
    type: 'TemplateProcessing',
    single: [{ SpecialToken: { id: '<x>', type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }],
    pair: [{ Sequence: { id: 'A', type_id: 0 } }, { Sequence: { id: 'B', type_id: 1 } }],
    special_tokens: { '<x>': { id: '<x>', ids: [4], tokens: ['<x>'] } },
  },
  model: { type: 'BPE', vocab: { a: 0, b: 1, ab: 2, c: 3 }, merges: ['a b'], unk_token: 'c' },
};
const OTHERS: Readonly<Record<string, unknown>> = {
  'tokenizer_config.json': {
    tokenizer_class: 'PreTrainedTokenizerFast',
    added_tokens_decoder: { 4: { content: '<x>', special: true } },
    chat_template: '{{ messages[0].content }}',
  },
  'special_tokens_map.json': { eos_token: { content: '<x>', lstrip: false } },
  'generation_config.json': { temperature: 0.5, do_sample: true, max_new_tokens: 5 },
  'modules.json': [
    { idx: 0, name: '0', path: '', type: 'sentence_transformers.models.Transformer' },
    { idx: 1, name: '1', path: '1_Pooling', type: 'sentence_transformers.models.Pooling' },
  ],
  '1_Pooling/config.json': { word_embedding_dimension: 8, pooling_mode_mean_tokens: true },
  'config_sentence_transformers.json': { prompts: { query: 'q: ' }, default_prompt_name: null },
  'sentence_bert_config.json': { max_seq_length: 12 },
};

function weightsOf(config: Json): Uint8Array<ArrayBuffer> {
  return writeSafetensors(
    [...createStateDict(config)].map(([name, { data, shape }]) => [
      name,
      { dtype: 'F32', shape, bytes: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) },
    ]),
  );
}

describe.each([
  ['an encoder', ENCODER],
  ['a decoder', DECODER],
])('%s', (_, config) => {
  const weights = weightsOf(config);
  const jsonFiles: Readonly<Record<string, unknown>> = {
    'config.json': config,
    'tokenizer.json': TOKENIZER,
    ...OTHERS,
  };
  const files = {
    ...Object.fromEntries(Object.entries(jsonFiles).map(([name, value]) => [name, JSON.stringify(value)])),
    'model.safetensors': weights,
  };
  const compute = async (from: Readonly<Record<string, string | Uint8Array>>): Promise<unknown> => {
    if (config === ENCODER) {
      const model = await loadEncoder(from, { backend: 'reference' });
      const result = [...(await model.embed('ab c'))];
      await model.dispose();
      return result;
    }
    const model = await loadCausalLM(from, { backend: 'reference' });
    const { text } = await model.generate('ab', { maxNewTokens: 3, temperature: 0 });
    await model.dispose();
    return text;
  };

  it.each(Object.keys(jsonFiles))(
    'reads %s with keys of the prototype as without them, or refuses it',
    async (name) => {
      const expected = await compute(files);
      let [read, all] = [0, 0];
      for (const text of poisoned(jsonFiles[name])) {
        const result = await readOrRefuse(() => compute({ ...files, [name]: text }));
        if (result !== undefined) expect(result).toEqual(expected);
        read += Number(result !== undefined);
        all++;
      }
      expect(all).toBeGreaterThan(0);
      // Vocabularies and the like are refused: their values are objects. Most other keys are unknown, and ignored.
      if (name !== 'tokenizer.json') expect(read).toBeGreaterThan(0);
    },
  );
});

describe('other JSON', () => {
  it('of a safetensors header has its own tensors alone', async () => {
    const [header] = poisoned({
      __metadata__: { format: 'pt' },
      a: { dtype: 'U8', shape: [1], data_offsets: [0, 1] },
    });
    const json = new TextEncoder().encode(header);
    const file = new Uint8Array(8 + json.length + 1);
    new DataView(file.buffer).setBigUint64(0, BigInt(json.length), true);
    file.set(json, 8);
    const source = { size: file.length, read: async (from: number, to: number) => file.slice(from, to) };
    // The entries of the keys are no tensors.
    expect(await readOrRefuse(() => readSafetensorsHeader(source))).toBeUndefined();
  });

  it.each([
    "{% set ns = namespace() %}{% set ns.__proto__ = {'polluted': 1} %}{% set ns.constructor = 1 %}{{ ns.polluted }}",
    "{% set d = {'__proto__': {'polluted': 1}, 'constructor': 2} %}{{ d.polluted }}",
    "{% set d = dict(__proto__={'polluted': 1}) %}{{ d.polluted }}",
    '{{ messages[0].polluted }}{{ messages[0].content }}',
    "{% for key, value in messages[0].items() %}{{ key }}{% endfor %}{{ messages[0]['__proto__'].polluted }}",
  ])('of a conversation changes nothing in the template %s', async (source) => {
    const [text] = poisoned([{ role: 'user', content: 'a' }]);
    const messages = JSON.parse(text!) as { role: string; content: string }[];
    await readOrRefuse(() => ChatTemplate.fromSource(source).render(messages));
  });
});
