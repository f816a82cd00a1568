import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ConfigError, loadModel, MODEL_TYPES } from '@headwise/core';
import { MODEL_NAMES, modelSource, models } from '@headwise/models';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { cardProblems, readCard } from '../scripts/card.mjs';
import { describeModel, MODELS, modelFiles, modelNames } from '../scripts/models.mjs';
import { sourceOf } from '../src/source.ts';
import { modelProblems } from './lib/check-model.ts';
import { writeReversalModel } from './lib/trained-model.ts';

const folder = mkdtempSync(join(tmpdir(), 'headwise-models-'));
const reversal = join(folder, 'reversal');
beforeAll(() => writeReversalModel(reversal));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the package', () => {
  it('lists the models in its folder', () => {
    expect(MODEL_NAMES).toEqual(modelNames());
    expect(models.map(({ name }) => name)).toEqual(MODEL_NAMES);
    for (const { kind, task, description, bytes, license, dataLicense } of models) {
      expect(Object.keys(MODEL_TYPES)).toContain(kind);
      expect(bytes).toBeGreaterThan(0);
      expect([task, description, license, dataLicense]).not.toContain('');
    }
  });

  it('names them in its README', () => {
    const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
    const named = [...readme.matchAll(/\(models\/([^/]+)\/README\.md\)/g)].map(([, name]) => name);
    expect(named.sort()).toEqual([...MODEL_NAMES].sort());
  });

  it('rejects an unknown name with the names that there are', async () => {
    await expect(modelSource('no-such-model')).rejects.toThrow(ConfigError);
    await expect(modelSource('no-such-model')).rejects.toThrow(MODEL_NAMES.join(', ') || 'none');
  });
});

describe.each(modelNames().map((name) => ({ name })))('the model $name', ({ name }) => {
  it('loads, and its card is complete and its example prints what it says', async () => {
    expect(await modelProblems(join(MODELS, name))).toEqual([]);
  });

  it('loads by modelSource', async () => {
    const model = await loadModel(await modelSource(name));
    expect(model.kind).toBe(models.find((one) => one.name === name)!.kind);
    await model.dispose();
  });
});

describe('a model', () => {
  it('has no problems when it is complete', async () => {
    expect(await modelProblems(reversal)).toEqual([]);
    const { info, files } = describeModel(reversal, MODEL_TYPES);
    expect(info).toMatchObject({
      kind: 'recurrentSeq2Seq',
      task: 'text2text-generation',
      description: 'Writes strings of the letters a to e backwards.',
      license: 'mit',
    });
    expect(info.bytes).toBeLessThan(40_000);
    expect(files).toEqual(['config.json', 'model.safetensors', 'tokenizer.json', 'tokenizer_config.json']);
  });

  it('has a problem when a file is missing, weights are broken, or the example prints something else', async () => {
    const broken = join(folder, 'broken');
    cpSync(reversal, broken, { recursive: true });
    const card = readFileSync(join(broken, 'README.md'), 'utf8');
    writeFileSync(join(broken, 'README.md'), card.replace('// cba', '// abc'));
    expect(await modelProblems(broken)).toEqual(['the example prints "cba", not "abc"']);
    writeFileSync(join(broken, 'README.md'), card.replaceAll(/## Example[\s\S]*/g, ''));
    writeFileSync(join(broken, 'model.safetensors'), 'x');
    const problems = await modelProblems(broken);
    expect(problems[0]).toBe('there is no section Example');
    expect(problems[1]).toMatch(/^loadModel: safetensors/);
    rmSync(join(broken, 'tokenizer.json'));
    expect(await modelProblems(broken)).toEqual(['there is no tokenizer.json']);
  });

  it.each([
    [/seed: 1\n/, '', 'the header has no seed'],
    [/data_license: .*\n/, '', 'the header has no data_license'],
    [/seed: 1/, 'seed: first', 'seed must be a whole number'],
    [/command: npm run /, 'command: node ', 'command must be one of npm run'],
    [/At least 9 of 10/, 'Most', 'Results has no figure'],
    [/## Limits/, '## Hints', 'there is no section Limits'],
    [/Writes strings.*\n/, '', 'there is no description before the first section'],
    [/ \/\/ cba/, '', 'Example has no block of ts with the output as comments'],
  ])('has a problem when its card is changed at %s', (from, to, problem) => {
    const card = readFileSync(join(reversal, 'README.md'), 'utf8');
    expect(cardProblems(card)).toEqual([]);
    expect(cardProblems(card.replace(from, to))).toEqual([problem]);
  });

  it('has every problem when its card is empty', () => {
    expect(readCard('# name').header.size).toBe(0);
    expect(cardProblems('').length).toBeGreaterThan(10);
  });
});

describe('sourceOf', () => {
  const files = () => modelFiles(reversal).filter((file) => file !== 'README.md');
  const stored = (urlOf: (file: string) => URL) => ({
    ...describeModel(reversal, MODEL_TYPES).info,
    name: 'reversal',
    files: Object.fromEntries(files().map((file) => [file, urlOf(file)])),
  });

  it('is the directory when the files are in one', async () => {
    const directory = `${pathToFileURL(reversal).href}/`;
    const source = await sourceOf(stored((file) => new URL(file, directory)));
    expect(String(source)).toBe(directory);
    const model = await loadModel(source);
    if (model.kind !== 'recurrentSeq2Seq') throw new Error(model.kind);
    expect((await model.generate('ed')).text).toBe('de');
  });

  it('is the contents when the files are on a server, under whatever names', async () => {
    const fetched = vi.spyOn(globalThis, 'fetch').mockImplementation(async (url) => {
      const [, file] = /assets\/(.+?)(?:\.0a1b)?$/.exec(String(url)) ?? [];
      return file === undefined
        ? new Response(null, { status: 404 })
        : new Response(new Uint8Array(readFileSync(join(reversal, file))));
    });
    try {
      const renamed = stored((file) => new URL(`https://example.com/assets/${file}.0a1b`));
      const model = await loadModel(await sourceOf(renamed));
      expect(model.kind).toBe('recurrentSeq2Seq');
      const plain = await sourceOf(stored((file) => new URL(`https://example.com/assets/${file}`)));
      expect(Object.keys(plain)).toEqual(files());
      const missing = stored((file) => new URL(`https://example.com/other/${file}.0a1b`));
      await expect(sourceOf(missing)).rejects.toThrow('config.json of reversal: status 404');
    } finally {
      fetched.mockRestore();
    }
  });
});
