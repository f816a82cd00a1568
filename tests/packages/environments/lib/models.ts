import { readFileSync } from 'node:fs';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type StaticServer, serveDirectory } from '@headwise/test-browser';
import { temporaryDirectory } from '../../test/lib/project.ts';
import { modelDirectory } from '../../test/lib/reference.ts';

/** A small Llama checkpoint, and the tokens that PyTorch generates with it. */
const llama = new URL('../../../../packages/core/test/fixtures/decoders/llama/', import.meta.url);

export const generation: { readonly prompt: readonly number[]; readonly ids: readonly number[] } = JSON.parse(
  readFileSync(new URL('reference.json', llama), 'utf8'),
).greedy;

/** A tokenizer of the checkpoint's vocabulary size. The tests pass ids, so that the tokens are arbitrary. */
const tokenizer = {
  model: {
    type: 'WordPiece',
    vocab: Object.fromEntries(Array.from({ length: 61 }, (_, id) => [`t${id}`, id])),
    unk_token: 't0',
    continuing_subword_prefix: '##',
    max_input_chars_per_word: 100,
  },
  pre_tokenizer: { type: 'WhitespaceSplit' },
};

/** Writes the Llama checkpoint to a folder. */
export async function writeLlama(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  for (const file of ['config.json', 'model.safetensors'])
    await copyFile(new URL(file, llama), join(directory, file));
  await writeFile(join(directory, 'tokenizer.json'), JSON.stringify(tokenizer));
}

/** Serves `weights/` (MiniLM) and `llama/` to pages of every origin, as a hub does. */
export async function serveModels(): Promise<StaticServer> {
  const directory = await temporaryDirectory();
  await writeLlama(join(directory.path, 'llama'));
  const server = await serveDirectory(directory.path, {
    mounts: { '/weights/': modelDirectory },
    headers: { 'access-control-allow-origin': '*', 'access-control-allow-headers': '*' },
  });
  return {
    url: server.url,
    async close() {
      await server.close();
      await directory.remove();
    },
  };
}
