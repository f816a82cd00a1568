import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FormatError, loadModel, MODEL_TYPES, writeSafetensors } from '@headwise/core';
import { describe, expect, test } from 'vitest';
import { inRoot } from '../../../scripts/lib/paths.mjs';
import listing from './fixtures/hub-repositories.json' with { type: 'json' };
import { pages } from './lib/pages.ts';

// Every id of the hub that a page, an example or a comment names is in a listing of repositories with their files, and Headwise loads or
// refuses files of that layout as the listing says.

interface Repository {
  readonly expected: string;
  readonly error?: string;
  readonly model_type: string | null;
  readonly tokenizer_class: string | null;
  readonly fixture?: string;
  readonly config?: object;
  readonly files: readonly string[];
}

const repositories = Object.entries(listing.repositories as Record<string, Repository>);
const known = new Set(repositories.map(([id]) => id));

/** Strings of the form of an id that are none, and paths of what is made later. */
const NOT_IDS = new Set(['org/name', 'svelte/reactivity', 'vitest/config']);
const MADE_LATER = new Set(['docs/api', 'experiments/runs', 'runs/gpt-docs']);
/** Folders that paths in pages and comments are relative to. */
const ROOTS = ['', 'packages/core', 'packages/core/src', 'packages/core/test/fixtures', 'packages/kernel-as'];
const MEDIA_TYPE = /^(application|audio|image|multipart|text)\//;
/** Endings of files: a path, not an id. */
const FILE = /\.(ts|json|onnx|gguf|data)$/;

const isId = (text: string) =>
  !FILE.test(text) &&
  !NOT_IDS.has(text) &&
  !MEDIA_TYPE.test(text) &&
  !MADE_LATER.has(text) &&
  !ROOTS.some((root) => existsSync(inRoot(root, text)));

/** Ids in quotation marks, backticks or addresses of the hub. */
function hubIds(text: string): string[] {
  const name = '[A-Za-z0-9][\\w.-]*';
  const quoted = text.matchAll(new RegExp(`(['"\`])(${name}/${name})\\1`, 'g'));
  const linked = text.matchAll(new RegExp(`huggingface\\.co/(${name}/${name})`, 'g'));
  const ids = [...Array.from(quoted, (match) => match[2]!), ...Array.from(linked, (match) => match[1]!)];
  return ids.filter(isId);
}

/** The sources whose comments and strings users read: tests have ids of made repositories. */
function sources(folder: string): string[] {
  return readdirSync(inRoot(folder), { recursive: true, encoding: 'utf8' })
    .filter(
      (path) => /\.(ts|svelte|html)$/.test(path) && !/\.test\.ts$|(^|\/)(node_modules|dist)\//.test(path),
    )
    .map((path) => join(folder, path));
}

const folders = ['core', 'worker', 'models', 'playground', 'kernel-as'].map((name) => `packages/${name}/src`);
const texts = [
  ...pages,
  ...[...folders, 'examples', 'demo/src']
    .flatMap(sources)
    .map((path) => ({ path, text: readFileSync(inRoot(path), 'utf8') })),
];

test('ids are found in code, code spans and addresses', () => {
  const text =
    "load('a-b/c.d') `Org/model` see https://huggingface.co/x/y/blob/main/z `nn/layers` 'image/png' './a/b'";
  expect(hubIds(text)).toEqual(['a-b/c.d', 'Org/model', 'x/y']);
});

test('every id of the hub in a page, an example or a comment is in the listing', () => {
  const unknown = texts.flatMap(({ path, text }) =>
    hubIds(text).flatMap((id) => (known.has(id) ? [] : [`${path}: ${id}`])),
  );
  expect(unknown).toEqual([]);
  expect(texts.flatMap(({ text }) => hubIds(text)).length).toBeGreaterThan(20);
});

test('docs/models.md has every repository of the listing in its table', () => {
  const { text } = pages.find(({ path }) => path === 'docs/models.md')!;
  const [, refused = ''] = text.split('## What is refused');
  const missing = repositories.filter(([id, { expected }]) => {
    const part = expected === 'loads' ? text.slice(0, text.length - refused.length) : refused;
    return !part.includes(`\`${id}\``);
  });
  expect(missing.map(([id]) => id)).toEqual([]);
});

describe('a repository of the listed layout', () => {
  test.each(repositories.filter(([, { expected }]) => expected === 'loads'))(
    '%s loads',
    async (_, repository) => {
      const types = [...Object.values(MODEL_TYPES).flat(), 'model2vec'];
      expect(types).toContain(repository.model_type);
      const { stub, files } = filesOf(repository);
      try {
        const model = await loadModel(files);
        await model.dispose();
      } catch (error) {
        // Files that are stand-ins were read: the layout is accepted.
        expect(error).toBeInstanceOf(FormatError);
        const errors = stub.map((name) => (name === 'pytorch_model.bin' ? 'PyTorch file' : name));
        expect(
          errors.filter((part) => String(error).includes(part)),
          String(error),
        ).not.toEqual([]);
      }
    },
  );

  test.each(repositories.filter(([, { expected }]) => expected === 'refused'))(
    '%s is refused',
    async (_, repository) => {
      await expect(loadModel(filesOf(repository).files)).rejects.toThrow(repository.error);
    },
  );
});

const TOKENS = ['<s>', '<pad>', '</s>', '<unk>', '[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', 'a'];
const vocab = Object.fromEntries(TOKENS.map((token, id) => [token, id]));

/** Files of a repository: those of a small checkpoint where they decide, and stand-ins (`stub`) for other formats of weights and tokenizers. */
function filesOf(repository: Repository): { files: Record<string, string | Uint8Array>; stub: string[] } {
  const fixture = repository.fixture && join('packages/core/test/fixtures', repository.fixture);
  const base = fixture ? (JSON.parse(readFileSync(inRoot(fixture, 'config.json'), 'utf8')) as object) : {};
  const config = {
    ...base,
    model_type: repository.model_type,
    ...repository.config,
  } as Record<string, unknown>;
  const width = config.hidden_size ?? config.n_embd ?? config.dim ?? 4;
  const weights = fixture
    ? new Uint8Array(readFileSync(inRoot(fixture, 'model.safetensors')))
    : writeSafetensors([['embeddings', { dtype: 'F32', shape: [10, 4], bytes: new Uint8Array(160) }]]);
  const module = (type: string, path: string, idx: number) => {
    return { idx, name: String(idx), path, type: `sentence_transformers.models.${type}` };
  };
  const modules =
    repository.model_type === 'model2vec'
      ? [module('StaticEmbedding', '', 0)]
      : [module('Transformer', '', 0), module('Pooling', '1_Pooling', 1)];
  const contents: Record<string, unknown> = {
    'config.json': config,
    'tokenizer.json': { model: modelOf(repository) },
    'tokenizer_config.json': repository.tokenizer_class
      ? { tokenizer_class: repository.tokenizer_class }
      : {},
    'modules.json': modules,
    '1_Pooling/config.json': { word_embedding_dimension: width, pooling_mode_mean_tokens: true },
    'vocab.json': vocab,
    'model.safetensors.index.json': {
      weight_map: Object.fromEntries(
        tensorNames(weights).map((name) => [name, 'model-00001-of-00002.safetensors']),
      ),
    },
  };
  const files: Record<string, string | Uint8Array> = {};
  const stub: string[] = [];
  for (const name of repository.files) {
    if (name.endsWith('.safetensors')) files[name] = weights;
    else if (name.endsWith('.json')) files[name] = JSON.stringify(contents[name] ?? {});
    else if (name.endsWith('.txt'))
      files[name] = name === 'vocab.txt' ? TOKENS.join('\n') : '#version: 0.2\n';
    else if (/\.(spm|model)$/.test(name)) files[name] = sentencePieceFile();
    else {
      files[name] = new Uint8Array(64);
      stub.push(name);
    }
  }
  return { files, stub };
}

/** A model of the type that the tokenizer's class has. */
function modelOf({ tokenizer_class: name, model_type: modelType }: Repository): object {
  const unigram =
    /^(T5|XLMRoberta|Albert|Camembert|MBart|Pegasus|DebertaV2)|^(t5|mt5|xlm-roberta|albert|mbart|m2m_100)$/;
  const bpe =
    /^(GPT2|Nllb|Roberta|Qwen2|Llama|GPTNeoX|Bart|Gemma|Cohere)|^(gpt2|roberta|qwen\d|llama|gpt_neox|bart|gemma)/;
  const kind = name ?? modelType ?? '';
  if (unigram.test(kind)) {
    return { type: 'Unigram', unk_id: TOKENS.indexOf('<unk>'), vocab: TOKENS.map((token) => [token, -1]) };
  }
  if (bpe.test(kind)) return { type: 'BPE', vocab, merges: [], unk_token: '<unk>' };
  if (name?.startsWith('PreTrained')) return { type: 'WordLevel', vocab, unk_token: '<unk>' };
  return {
    type: 'WordPiece',
    vocab,
    unk_token: '[UNK]',
    continuing_subword_prefix: '##',
    max_input_chars_per_word: 100,
  };
}

/** A SentencePiece model of the tokens: a message of `pieces`, each with its text (1), score (2) and type (3: 1 normal, 2 unknown, 3 control). */
function sentencePieceFile(): Uint8Array {
  const pieces = TOKENS.flatMap((token) => {
    const text = new TextEncoder().encode(token);
    const type = token === '<unk>' ? 2 : /^<\/?s>$/.test(token) ? 3 : 1;
    const piece = [0x0a, text.length, ...text, 0x15, 0, 0, 0x80, 0xbf, 0x18, type];
    return [0x0a, piece.length, ...piece];
  });
  return Uint8Array.from(pieces);
}

/** Names of the tensors of a safetensors file. */
function tensorNames(file: Uint8Array): string[] {
  const length = Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + length))) as object;
  return Object.keys(header).filter((name) => name !== '__metadata__');
}
