import { readFileSync } from 'node:fs';
import { readGenerationDefaults } from '../../src/generate/defaults.ts';
import { openSingleFile } from '../../src/load/open-single-file.ts';
import { readSentenceSettings } from '../../src/load/sentence-transformers.ts';
import { readDecoderConfig } from '../../src/models/decoders/registry.ts';
import { readEncoderConfig } from '../../src/models/encoders/registry.ts';
import { modelKindOf } from '../../src/models/model-types.ts';
import { parseSeq2SeqConfig } from '../../src/models/seq2seq/registry.ts';
import { readWav } from '../../src/speech/audio/wav.ts';
import { VectorIndex } from '../../src/tasks/encoder/vector-index.ts';
import { readCheckpoint } from '../../src/train/checkpoints/checkpoint-files.ts';
import { MemoryCheckpoints } from '../../src/train/checkpoints/storage.ts';
import { loadAdapter } from '../../src/train/lora/adapter.ts';
import { parseAdapterConfig } from '../../src/train/lora/config.ts';
import { isTarget, scaleOf } from '../../src/train/lora/targets.ts';
import { openCheckpoint } from '../../src/weights/checkpoint.ts';
import { GgmlCheckpoint } from '../../src/weights/ggml/checkpoint.ts';
import { MoreBytesNeeded } from '../../src/weights/gguf/cursor.ts';
import { parseGguf } from '../../src/weights/gguf/header.ts';
import { parseLlama2cHeader } from '../../src/weights/llama2c/header.ts';
import { parseLlama2cTokenizer } from '../../src/weights/llama2c/tokenizer.ts';
import { PyTorchCheckpoint } from '../../src/weights/pytorch/checkpoint.ts';
import { SafetensorsCheckpoint } from '../../src/weights/safetensors/checkpoint.ts';
import { parseSafetensors } from '../../src/weights/safetensors/header.ts';
import { memoryStore } from '../../src/weights/sources/memory.ts';
import { RepositoryFiles } from '../../src/weights/sources/repository.ts';
import { ggmlFile, ggmlPieces, ggmlTensors } from '../helpers/ggml.ts';
import { ggufFile, TENSOR_TYPES } from '../helpers/gguf.ts';
import { llama2cTokenizer, tinyLlama2c } from '../helpers/llama2c.ts';
import { safetensorsFile } from '../helpers/safetensors.ts';
import { wavFile } from '../helpers/wav.ts';
import { mutateBytes, mutateJson, mutateJsonText } from './mutate.ts';
import { bytesOf, type FuzzReader, parsed, sourceOf, textOf } from './reader.ts';

const fixture = (name: string) => new URL(`../fixtures/${name}`, import.meta.url);
const readJson = (name: string) => JSON.parse(readFileSync(fixture(name), 'utf8'));
type Json = Record<string, unknown>;

const TENSORS = safetensorsFile({
  a: { dtype: 'F32', shape: [2, 2], bytes: new Uint8Array(16) },
  b: { dtype: 'F16', shape: [3], bytes: new Uint8Array(6) },
  'layers.0.weight': { dtype: 'I64', shape: [1, 2], bytes: new Uint8Array(16) },
});
const FLOATS = safetensorsFile({
  'linear.weight': { dtype: 'F32', shape: [4, 8], bytes: new Uint8Array(128) },
  'linear.bias': { dtype: 'F32', shape: [4], bytes: new Uint8Array(16) },
});
const headerLength = Number(new DataView(TENSORS.buffer).getBigUint64(0, true));
const HEADER = {
  __metadata__: { format: 'pt' },
  ...JSON.parse(textOf(TENSORS.subarray(8, 8 + headerLength))),
};

/** A file with a header of any text. */
function withHeader(header: string, data = new Uint8Array(40)): Uint8Array {
  const bytes = new TextEncoder().encode(header);
  const file = new Uint8Array(8 + bytes.length + data.length);
  new DataView(file.buffer).setBigUint64(0, BigInt(bytes.length), true);
  file.set(bytes, 8);
  file.set(data, 8 + bytes.length);
  return file;
}

async function readAll(checkpoint: { names: readonly string[]; read(name: string): Promise<unknown> }) {
  for (const name of checkpoint.names) await checkpoint.read(name);
  return checkpoint.names;
}

const safetensors: FuzzReader = {
  name: 'safetensors',
  input: (chance) => ({
    file:
      chance.below(2) === 0
        ? mutateBytes(chance, TENSORS, 8 + headerLength)
        : withHeader(mutateJsonText(chance, HEADER)),
  }),
  read: (input) => parseSafetensors(bytesOf(input.file)),
};

const safetensorsTensors: FuzzReader = {
  name: 'safetensors, tensors',
  input: safetensors.input,
  read: async (input) => readAll(await SafetensorsCheckpoint.open(sourceOf(bytesOf(input.file)))),
};

const INDEX = {
  metadata: { total_size: 38 },
  weight_map: { a: 'x.safetensors', b: 'x.safetensors', 'layers.0.weight': 'y.safetensors' },
};
const sharded: FuzzReader = {
  name: 'sharded index',
  input: (chance) => ({
    'model.safetensors.index.json': mutateJsonText(chance, INDEX),
    'x.safetensors': chance.below(3) === 0 ? mutateBytes(chance, TENSORS) : TENSORS,
    'y.safetensors': TENSORS,
  }),
  read: async (input) => readAll(await openCheckpoint(new RepositoryFiles(memoryStore(input)))),
};

const GGUF = ggufFile(
  {
    'general.architecture': { type: 'string', value: 'llama' },
    'llama.block_count': { type: 'u32', value: 1 },
    'llama.context_length': { type: 'u32', value: 32 },
    'llama.embedding_length': { type: 'u32', value: 8 },
    'llama.feed_forward_length': { type: 'u32', value: 16 },
    'llama.attention.head_count': { type: 'u32', value: 2 },
    'llama.attention.layer_norm_rms_epsilon': { type: 'f32', value: 1e-5 },
    'tokenizer.ggml.model': { type: 'string', value: 'llama' },
    'tokenizer.ggml.tokens': { type: 'string', value: ['<unk>', '<s>', '</s>', '▁', 'a'] },
    'tokenizer.ggml.scores': { type: 'f32', value: [0, 0, 0, -1, -2] },
    'tokenizer.ggml.token_type': { type: 'i32', value: [2, 3, 3, 1, 1] },
  },
  {
    'token_embd.weight': { type: TENSOR_TYPES.F32, shape: [5, 8], bytes: new Uint8Array(160) },
    'output_norm.weight': { type: TENSOR_TYPES.F32, shape: [8], bytes: new Uint8Array(32) },
  },
);
const gguf: FuzzReader = {
  name: 'GGUF',
  input: (chance) => ({ file: mutateBytes(chance, GGUF, GGUF.length - 192) }),
  read(input) {
    const bytes = bytesOf(input.file);
    try {
      return parseGguf(bytes, bytes.length);
    } catch (error) {
      if (error instanceof MoreBytesNeeded && error.bytes > bytes.length)
        throw new Error('more bytes than the file has');
      throw error;
    }
  },
};
const ggufModel: FuzzReader = {
  name: 'GGUF, model and tokenizer',
  input: (chance) => ({ 'model.gguf': mutateBytes(chance, GGUF, GGUF.length - 192) }),
  async read(input) {
    const opened = await openSingleFile(input);
    return opened && readAll(opened.checkpoint as never);
  },
};

const LLAMA2C = tinyLlama2c({});
const PIECES = llama2cTokenizer(300);
const llama2c: FuzzReader = {
  name: 'llama2.c',
  input: (chance) => ({ header: mutateBytes(chance, LLAMA2C.subarray(0, 28)) }),
  read: (input) => parseLlama2cHeader(bytesOf(input.header)),
};
const llama2cPieces: FuzzReader = {
  name: 'llama2.c, tokenizer',
  input: (chance) => ({ pieces: mutateBytes(chance, PIECES.subarray(0, 200)) }),
  read: (input) => parseLlama2cTokenizer(bytesOf(input.pieces), 12),
};
const llama2cModel: FuzzReader = {
  name: 'llama2.c, model and tokenizer',
  input: (chance) => ({
    'model.bin': mutateBytes(chance, LLAMA2C, 28),
    'tokenizer.bin': chance.below(2) === 0 ? mutateBytes(chance, PIECES, 60) : PIECES,
  }),
  read: (input) => openSingleFile(input),
};

const GGML = ggmlFile({
  pieces: ggmlPieces().slice(0, 300),
  tensors: ggmlTensors().filter(({ name }) => name !== 'decoder.token_embedding.weight'),
});
const ggml: FuzzReader = {
  name: 'GGML of whisper.cpp',
  input: (chance) => ({ file: mutateBytes(chance, GGML, 2200) }),
  read: async (input) => readAll(await GgmlCheckpoint.open(sourceOf(bytesOf(input.file)))),
};

const WAV_FILES = [
  wavFile([[0, 0.5, -0.5]], { encoding: 'pcm', bits: 16 }),
  wavFile(
    [
      [0, 0.5],
      [1, 0],
    ],
    { encoding: 'float', bits: 32, extensible: true, chunk: 'LIST' },
  ),
];
const wav: FuzzReader = {
  name: 'WAV',
  input: (chance) => ({ file: mutateBytes(chance, chance.of(WAV_FILES)) }),
  read: (input) => readWav(bytesOf(input.file)),
};

const pytorchFiles = Object.values(readJson('pytorch-files.json').files as Record<string, string>).map(
  (file) => new Uint8Array(Buffer.from(file, 'base64')),
);
const pytorch: FuzzReader = {
  name: 'PyTorch',
  input: (chance) => ({ file: mutateBytes(chance, chance.of(pytorchFiles)) }),
  read: async (input) => readAll(await PyTorchCheckpoint.open(sourceOf(bytesOf(input.file)))),
};

const CONFIGS: readonly Json[] = [
  ...[
    'bert',
    'distilbert',
    'roberta',
    'electra',
    'mpnet',
    'modernbert',
    'nomic-bert',
    'gte-new',
    'albert',
    'jina-bert',
    'deberta-v3',
  ].map((name) => `encoders/${name}`),
  ...[
    'gpt2',
    'llama',
    'llama3',
    'mistral',
    'qwen2',
    'qwen3',
    'gemma2',
    'gemma3',
    'phi3',
    'gpt-neox',
    'falcon-7b',
    'cohere',
    'olmo2',
    'opt',
    'qwen2-moe',
    'mixtral',
    'granite',
    'stablelm',
  ].map((name) => `decoders/${name}`),
  ...['t5', 'bart', 'marian', 'mbart', 'm2m100', 'pegasus'].map((name) => `seq2seq-lm/${name}`),
].map((name) => readJson(`${name}/config.json`));
const config: FuzzReader = {
  name: 'config.json',
  input: (chance) => ({ config: JSON.stringify(mutateJson(chance, chance.of(CONFIGS))) }),
  async read(input) {
    const json = parsed(input.config);
    switch (modelKindOf(json)) {
      case 'encoder':
        return readEncoderConfig(json);
      case 'causalLM':
        return readDecoderConfig(json);
      case 'seq2seqLM':
        return parseSeq2SeqConfig(json);
      default:
        return undefined;
    }
  },
};

const GENERATION = {
  max_length: 20,
  max_new_tokens: 10,
  eos_token_id: [1, 2],
  pad_token_id: 0,
  temperature: 0.7,
  top_k: 50,
  top_p: 0.9,
  num_beams: 2,
  repetition_penalty: 1.1,
  bad_words_ids: [[1], [2, 3]],
  suppress_tokens: [4],
  do_sample: true,
  forced_bos_token_id: 3,
  task_specific_params: { summarization: { num_beams: 4 } },
};
const generation: FuzzReader = {
  name: 'generation_config.json',
  input: (chance) => ({
    generation: JSON.stringify(mutateJson(chance, GENERATION)),
    config: JSON.stringify(mutateJson(chance, { ...GENERATION, ...chance.of(CONFIGS) })),
  }),
  read: (input) => readGenerationDefaults(parsed(input.config), parsed(input.generation)),
};

const MODULES = ['Transformer', 'Pooling', 'Dense', 'Normalize'].map((type, idx) => ({
  idx,
  name: String(idx),
  path: idx === 0 ? '' : `${idx}_${type}`,
  type: `sentence_transformers.models.${type}`,
}));
const SENTENCE: Readonly<Record<string, unknown>> = {
  'modules.json': MODULES,
  'sentence_bert_config.json': { max_seq_length: 128, do_lower_case: true },
  '1_Pooling/config.json': {
    word_embedding_dimension: 8,
    pooling_mode_mean_tokens: true,
    pooling_mode_cls_token: false,
  },
  '2_Dense/config.json': {
    in_features: 8,
    out_features: 4,
    bias: true,
    activation_function: 'torch.nn.modules.activation.Tanh',
  },
  'config_sentence_transformers.json': {
    prompts: { query: 'q: ' },
    default_prompt_name: null,
    similarity_fn_name: 'cosine',
  },
};
const sentenceTransformers: FuzzReader = {
  name: 'sentence-transformers',
  input: (chance) => {
    const files: Record<string, string | Uint8Array> = {};
    const mutated = chance.of(Object.keys(SENTENCE));
    for (const [name, json] of Object.entries(SENTENCE))
      files[name] = name === mutated ? mutateJsonText(chance, json) : JSON.stringify(json);
    files['2_Dense/model.safetensors'] = FLOATS;
    return files;
  },
  read: (input) =>
    readSentenceSettings(new RepositoryFiles(memoryStore(input)), { architectures: ['BertModel'] }),
};

const index = new VectorIndex(3);
for (const id of ['a', 'b', '가']) index.set(id, [1, 2, 3]);
const INDEX_FILE = index.save();
const indexHeader = Number(new DataView(INDEX_FILE.buffer, INDEX_FILE.byteOffset).getBigUint64(0, true));
const INDEX_HEADER = JSON.parse(textOf(INDEX_FILE.subarray(8, 8 + indexHeader)));
const vectorIndex: FuzzReader = {
  name: 'VectorIndex',
  input: (chance) => ({
    file:
      chance.below(2) === 0
        ? mutateBytes(chance, INDEX_FILE, 8 + indexHeader)
        : withHeader(mutateJsonText(chance, INDEX_HEADER), INDEX_FILE.slice(8 + indexHeader)),
  }),
  read: (input) => VectorIndex.load(bytesOf(input.file)).size,
};

const ADAPTERS = ['bert', 'gpt2', 'llama'].map((name) => ({
  config: readJson(`lora/${name}/adapter_config.json`) as Json,
  weights: new Uint8Array(readFileSync(fixture(`lora/${name}/adapter_model.safetensors`))),
}));
const TARGETS = ['(a+)+b', '.*\\.(query|up_proj)', '(?P<x>.*)*y', 'all-linear', '(a|aa)+\\Z'];
const loraConfig: FuzzReader = {
  name: 'adapter_config.json',
  input: (chance) => ({
    config: JSON.stringify(
      mutateJson(
        chance,
        chance.below(2) === 0
          ? chance.of(ADAPTERS).config
          : { ...chance.of(ADAPTERS).config, target_modules: chance.of(TARGETS) },
      ),
    ),
  }),
  read(input) {
    const config = parseAdapterConfig(parsed(input.config));
    return ['encoder.layer.0.attention.query', 'model.layers.11.mlp.up_proj', 'a'.repeat(40)].map((name) => [
      isTarget(config, name),
      scaleOf(config, name),
    ]);
  },
};
const lora: FuzzReader = {
  name: 'LoRA',
  input: (chance) => {
    const { config: json, weights } = chance.of(ADAPTERS);
    return {
      'adapter_config.json': mutateJsonText(chance, json),
      'adapter_model.safetensors': chance.below(2) === 0 ? mutateBytes(chance, weights, 1500) : weights,
    };
  },
  read: (input) => loadAdapter(input),
};

const STATE = {
  version: 1,
  step: 3,
  epoch: 0,
  nextBatch: 3,
  loss: 1.5,
  firstLosses: [2, 1.8],
  lastLosses: [1.6, 1.5],
  evaluations: [{ step: 2, loss: 1.7 }],
  best: { step: 2, value: 1.7 },
  evaluationsWithoutImprovement: 0,
  settings: { batchSize: 2 },
};
const checkpoint: FuzzReader = {
  name: 'checkpoint of a trainer',
  input: (chance) => ({
    'trainer_state.json': mutateJsonText(chance, STATE),
    'model.safetensors': chance.below(3) === 0 ? mutateBytes(chance, FLOATS) : FLOATS,
    'optimizer.safetensors': chance.below(3) === 0 ? mutateBytes(chance, FLOATS) : FLOATS,
  }),
  async read(input) {
    const storage = new MemoryCheckpoints();
    await storage.write(
      'c',
      new Map(Object.entries(input).map(([name, content]) => [name, bytesOf(content)])),
    );
    return readCheckpoint(storage, 'c', {} as never);
  },
};

export const weightReaders: readonly FuzzReader[] = [
  safetensors,
  safetensorsTensors,
  sharded,
  gguf,
  ggufModel,
  llama2c,
  llama2cPieces,
  llama2cModel,
  ggml,
  wav,
  pytorch,
  config,
  generation,
  sentenceTransformers,
  vectorIndex,
  loraConfig,
  lora,
  checkpoint,
];
