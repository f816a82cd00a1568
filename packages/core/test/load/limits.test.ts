import { describe, expect, it } from 'vitest';
import { readGgufHeader } from '../../src/gguf.ts';
import {
  ChatTemplate,
  HeadwiseError,
  loadCausalLM,
  loadEncoder,
  loadModel,
  loadSeq2SeqLM,
  TemplateError,
  VectorIndex,
} from '../../src/index.ts';
import { LIMITS } from '../../src/limits.ts';
import { ggufFile, ggufStart, type TestValue, VALUE_TYPES } from '../helpers/gguf.ts';
import { fileOf } from '../helpers/safetensors.ts';
import { tinyDecoderConfig } from '../helpers/tiny-decoders.ts';
import { tinyConfig, tinyFiles } from '../helpers/tiny-encoders.ts';
import { tinyDecoderFiles, tinySeq2SeqFiles } from '../helpers/tiny-generators.ts';
import { tinySeq2SeqConfig } from '../helpers/tiny-seq2seq.ts';

const MAX_MS = 2000;
const MAX_BYTES = 512 * 2 ** 20;

/** The HeadwiseError of `body`, which must come within the limits of time and of memory. */
async function refusal(body: () => unknown): Promise<HeadwiseError> {
  const [start, before] = [performance.now(), process.resourceUsage().maxRSS];
  const error = await Promise.resolve()
    .then(body)
    .then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
  expect(performance.now() - start).toBeLessThan(MAX_MS);
  expect((process.resourceUsage().maxRSS - before) * 1024).toBeLessThan(MAX_BYTES);
  expect(error).toBeInstanceOf(HeadwiseError);
  return error as HeadwiseError;
}

const backend = 'wasm-simd';
const nested = (open: string, inner: string, close: string) =>
  open.repeat(20_000) + inner + close.repeat(20_000);

describe('numbers of config.json', () => {
  it.each([
    [
      'bert',
      { num_labels: 2 ** 31, architectures: ['BertForSequenceClassification'], id2label: null },
      'num_labels',
    ],
    ['bert', { num_hidden_layers: 1e9 }, 'num_hidden_layers'],
    ['albert', { num_hidden_layers: 1e9 }, 'num_hidden_layers'],
    ['albert', { inner_group_num: 1e9 }, 'inner_group_num'],
    ['modernbert', { num_hidden_layers: 1e9 }, 'num_hidden_layers'],
    ['bert', { intermediate_size: 1e9 }, 'intermediate_size'],
    ['bert', { intermediate_size: LIMITS.size }, 'must be [16777216, '],
    ['bert', { vocab_size: 1e12 }, 'vocab_size'],
    ['bert', { vocab_size: LIMITS.size }, 'must be [16777216, '],
    ['bert', { type_vocab_size: 1e15 }, 'type_vocab_size'],
    ['bert', { max_position_embeddings: 2 ** 31 - 1 }, 'must be [2147483647, '],
    ['bert', { max_position_embeddings: 1e300 }, 'max_position_embeddings'],
    ['deberta-v3', { max_relative_positions: 2 ** 31 - 1, position_buckets: LIMITS.size }, 'must be ['],
  ] as const)('of %s with %j are refused', async (name, change, message) => {
    const { message: got } = await refusal(() => loadEncoder(tinyFiles(name, change), { backend }));
    expect(got).toContain(message);
  });

  it.each([
    ['llama', { num_hidden_layers: 1e9 }, 'num_hidden_layers'],
    ['mistral', { num_hidden_layers: 0xffff_ffff }, 'num_hidden_layers'],
    ['gpt2', { n_layer: 1e9 }, 'n_layer'],
    ['mixtral', { num_local_experts: 1e9 }, 'num_local_experts'],
    ['llama', { head_dim: 2 ** 31 }, 'head_dim'],
    ['llama', { head_dim: LIMITS.heads }, 'must be ['],
    ['llama', { num_attention_heads: 2 ** 40, num_key_value_heads: 1 }, 'num_attention_heads'],
    ['gpt2', { n_positions: 2 ** 31 - 1 }, 'must be [2147483647, '],
    ['llama', { intermediate_size: LIMITS.size }, 'must be ['],
  ] as const)('of %s with %j are refused', async (name, change, message) => {
    const config = JSON.stringify({ ...tinyDecoderConfig(name), ...change });
    const files = tinyDecoderFiles(name, { 'config.json': config });
    const { message: got } = await refusal(() => loadCausalLM(files, { backend }));
    expect(got).toContain(message);
  });

  it.each([
    ['marian', { max_position_embeddings: 2 ** 31 - 1 }, 'a table of 2147483647 positions'],
    ['t5', { num_layers: 1e9 }, 'num_layers'],
    ['t5', { relative_attention_num_buckets: LIMITS.size }, 'relative_attention'],
  ] as const)('of %s with %j are refused', async (name, change, message) => {
    const files = {
      ...tinySeq2SeqFiles(name),
      'config.json': JSON.stringify({ ...tinySeq2SeqConfig(name), ...change }),
    };
    const { message: got } = await refusal(() => loadSeq2SeqLM(files, { backend }));
    expect(got).toContain(message);
  });

  it('may be a context of 2³¹ − 1 tokens, of which only those of the text take memory', async () => {
    const config = JSON.stringify({
      ...tinyDecoderConfig('llama'),
      max_position_embeddings: LIMITS.positions,
    });
    const before = process.resourceUsage().maxRSS;
    const model = await loadCausalLM(tinyDecoderFiles('llama', { 'config.json': config }), { backend });
    const { tokens } = await model.generate('abc', {
      maxNewTokens: LIMITS.newTokens,
      stopTokens: [...Array(61).keys()],
    });
    expect(tokens.length).toBe(1);
    await model.dispose();
    expect((process.resourceUsage().maxRSS - before) * 1024).toBeLessThan(MAX_BYTES);
  });
});

describe('nested files', () => {
  it.each([
    ['config.json', `{"model_type":"bert","x":${nested('[', '0', ']')}}`],
    ['config.json', `{"model_type":"bert","x":${nested('{"a":', '0', '}')}}`],
    ['tokenizer.json', nested('{"normalizers":[', '1', ']}')],
  ])('%s of 20,000 levels is refused', async (file, text) => {
    const { code } = await refusal(() => loadModel({ ...tinyFiles('bert'), [file]: text }, { backend }));
    expect(code).toBe('ERR_FORMAT');
  });

  it('a header of safetensors of 20,000 levels is refused', async () => {
    const weights = fileOf(nested('{"a":', '0', '}'));
    const { code } = await refusal(() =>
      loadModel({ ...tinyFiles('bert'), 'model.safetensors': weights }, { backend }),
    );
    expect(code).toBe('ERR_FORMAT');
  });

  it.each([
    ['brackets', `{{ ${nested('(', '1', ')')} }}`],
    ['lists', `{{ ${nested('[', '1', ']')} }}`],
    ['blocks', nested('{% if true %}', 'a', '{% endif %}')],
    ['negations', `{{ ${'not '.repeat(20_000)}true }}`],
    ['filters', `{{ a${'|trim'.repeat(20_000)} }}`],
    ['fields', `{{ a${'.b'.repeat(20_000)} }}`],
    ['calls', `{{ a${'()'.repeat(20_000)} }}`],
    ['sums', `{{ 1${' + 1'.repeat(20_000)} }}`],
  ])('a chat template of 20,000 %s is refused, or rendered', async (_, template) => {
    const start = performance.now();
    try {
      const chat = ChatTemplate.fromFiles({ chatTemplate: template })!;
      await chat.render([{ role: 'user', content: 'a' }], {});
    } catch (error) {
      expect(error).toBeInstanceOf(TemplateError);
    }
    expect(performance.now() - start).toBeLessThan(MAX_MS);
  });
});

describe('numbers of other files', () => {
  const u32 = (value: number): TestValue => ({ type: 'u32', value });

  it('block_count of GGUF is checked', async () => {
    const metadata: Record<string, TestValue> = {
      'general.architecture': { type: 'string', value: 'llama' },
      'llama.embedding_length': u32(32),
      'llama.block_count': u32(0xffff_ffff),
      'llama.attention.head_count': u32(2),
    };
    const file = ggufFile(metadata, {});
    const { message } = await refusal(() => loadModel({ 'model.gguf': file }, { backend }));
    expect(message).toContain('llama.block_count must be a whole number of at most 4096');
  });

  it.each(['bool', 'string'] as const)('a list of 150 million values of type %s is refused', async (type) => {
    const start = ggufStart(0, 1)
      .text('general.list')
      .u32(VALUE_TYPES.array)
      .u32(VALUE_TYPES[type])
      .u64(150_000_000)
      .done();
    // As large as the list would be, without its bytes.
    const source = {
      size: 2_000_000_000,
      read: async (from: number, to: number) => {
        const bytes = new Uint8Array(to - from);
        bytes.set(start.subarray(from, to));
        return bytes;
      },
    };
    expect(await refusal(() => readGgufHeader(source))).toMatchObject({ rule: 'array-too-long' });
  });

  it('a shape of 5 million axes in a header of safetensors is refused', async () => {
    const shape = `[0${',1'.repeat(5_000_000)}]`;
    const weights = fileOf(`{"a":{"dtype":"F32","shape":${shape},"data_offsets":[0,0]}}`);
    const { message } = await refusal(() =>
      loadModel({ ...tinyFiles('bert'), 'model.safetensors': weights }, { backend }),
    );
    expect(message).toContain('a list of more than 1024 elements');
    const axes = fileOf({ a: { dtype: 'F32', shape: new Array(65).fill(0), data_offsets: [0, 0] } });
    const { message: got } = await refusal(() =>
      loadModel({ ...tinyFiles('bert'), 'model.safetensors': axes }, { backend }),
    );
    expect(got).toContain('at most 64 axes, has 65');
  });

  it('a shape [0, 2⁵⁰] of a VectorIndex is refused', async () => {
    const header = {
      __metadata__: { format: 'headwise-vector-index-1', ids: '[]' },
      vectors: { dtype: 'F32', shape: [0, 2 ** 50], data_offsets: [0, 0] },
    };
    expect(await refusal(() => VectorIndex.load(fileOf(header)))).toMatchObject({ rule: 'index-invalid' });
    expect((await refusal(() => new VectorIndex(2 ** 50))).message).toContain('at most 1048576');
  });
});

describe('numeric options', () => {
  it.each([
    [{ maxNewTokens: 1e15 }, 'maxNewTokens must be a whole number from 1 to 2147483647'],
    [{ numBeams: 1e9 }, 'numBeams must be a whole number from 1 to 1024'],
    [{ numReturnSequences: 1e9, doSample: true }, 'numReturnSequences must be a whole number from 1 to 1024'],
  ])('%j is refused', async (options, message) => {
    const model = await loadCausalLM(tinyDecoderFiles('llama'), { backend });
    expect((await refusal(() => model.generate('a', options))).message).toContain(message);
    await model.dispose();
  });

  it('are checked in generation_config.json too, and may be as large as they like where they have no effect', async () => {
    const generation = JSON.stringify({ num_beams: 1e9 });
    const files = tinyDecoderFiles('llama', { 'generation_config.json': generation });
    const model = await loadCausalLM(files, { backend });
    expect((await refusal(() => model.generate('a'))).message).toContain('numBeams');
    const huge = { numBeams: 1, batchSize: 1e9, topLogProbs: 1e9, noRepeatNgramSize: 1e9, maxNewTokens: 2 };
    expect((await model.generate(['a', 'b'], huge)).length).toBe(2);
    await model.dispose();
  });
});

it('the limits are above the numbers of the fixtures', () => {
  expect(Object.values(tinyConfig('bert')).filter((value) => Number(value) > LIMITS.size)).toEqual([]);
});
