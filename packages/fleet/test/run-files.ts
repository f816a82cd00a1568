// The files of a small run, as they are written.

const sha256 = '5'.repeat(64);
const settings = {
  task: 'embed',
  model: { source: 'org/name', revision: 'main', dtype: 'auto', backend: 'wasm-simd' },
  options: { normalize: true },
  corpus: { path: '/data/corpus.jsonl', format: 'jsonl', textField: 'text', idField: 'id' },
  shardSize: 2,
};
const corpus = { bytes: 60, sha256, rows: 2 };

export const PLAN = {
  version: 1,
  id: '123e4567-e89b-42d3-a456-426614174000',
  settings,
  corpus,
  shards: [{ firstRow: 0, rows: 2, sha256, offset: 0, bytes: 60 }],
};

export const MODEL = { width: 3, labels: ['no', 'maybe', 'yes'], probe: sha256 };

export const RECORD = {
  file: 'embeddings-00000-of-00001.safetensors',
  bytes: 128,
  sha256,
  firstRow: 0,
  rows: 2,
  width: 3,
  ids: ['a', 7],
};

export const MANIFEST = {
  version: 1,
  settings,
  corpus,
  tensor: 'embeddings',
  dtype: 'F32',
  width: 3,
  shards: [
    {
      firstRow: 0,
      rows: 2,
      vectors: { file: RECORD.file, bytes: 128, sha256 },
      record: { file: 'embeddings-00000-of-00001.json', bytes: 200, sha256 },
    },
  ],
};
