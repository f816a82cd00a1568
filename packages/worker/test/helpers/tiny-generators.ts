import { readFileSync } from 'node:fs';

// Core's fixtures: tiny checkpoints of every architecture, with four attention heads and one, two or four key-value heads.
const folder = new URL('../../../core/test/fixtures/', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, folder));

const SPECIAL = ['<pad>', '<s>', '</s>', '<unk>'];
const LETTERS = [...'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'];
/** As many tokens as the checkpoints have embeddings. */
const TOKENS = [...SPECIAL, '▁', ...LETTERS, ...'.,!?'];

const tokenizer = {
  model: {
    type: 'BPE',
    vocab: Object.fromEntries(TOKENS.map((token, id) => [token, id])),
    merges: [],
    unk_token: '<unk>',
    fuse_unk: false,
  },
  added_tokens: SPECIAL.map((content, id) => ({ id, content, special: true, normalized: false })),
  pre_tokenizer: { type: 'Metaspace', replacement: '▁', add_prefix_space: false, prepend_scheme: 'never' },
  decoder: { type: 'Metaspace', replacement: '▁', prepend_scheme: 'never' },
};

/** The files of a tiny decoder or encoder–decoder, for `loadCausalLM` or `loadSeq2SeqLM`. */
function files(directory: string): Record<string, string | Uint8Array> {
  return {
    'config.json': read(`${directory}/config.json`).toString(),
    'tokenizer.json': JSON.stringify(tokenizer),
    'tokenizer_config.json': '{"tokenizer_class":"PreTrainedTokenizerFast"}',
    'model.safetensors': new Uint8Array(read(`${directory}/model.safetensors`)),
  };
}

export const decoderFiles = (name: string) => files(`decoders/${name}`);
export const seq2seqFiles = (name: string) => files(`seq2seq-lm/${name}`);

/** PyTorch's greedy generation after a prompt, up to the end-of-sequence token. */
export function greedyReference(name: string): { prompt: number[]; ids: number[] } {
  const { prompt, ids } = JSON.parse(read(`decoders/${name}/reference.json`).toString()).greedy;
  const end = ids.indexOf(TOKENS.indexOf('</s>'));
  return { prompt, ids: end < 0 ? ids : ids.slice(0, end + 1) };
}
