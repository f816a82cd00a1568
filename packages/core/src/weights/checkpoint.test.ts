import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { minilmFiles } from '../../test/helpers/minilm.ts';
import { bytesOf, fileOf, safetensorsFile } from '../../test/helpers/safetensors.ts';
import { openCheckpoint } from './checkpoint.ts';
import { toFloat32, toInt32 } from './convert.ts';
import { SafetensorsCheckpoint } from './safetensors/index.ts';
import type { FileContent } from './sources/index.ts';
import { resolveSource } from './sources/index.ts';

const f32 = (...values: number[]) => ({
  dtype: 'F32',
  shape: [values.length],
  bytes: bytesOf(new Float32Array(values)),
});
const open = (files: Record<string, FileContent>, weightsFile?: string) =>
  openCheckpoint(resolveSource(files), weightsFile);
const index = (weightMap: unknown) => JSON.stringify({ metadata: {}, weight_map: weightMap });

describe('openCheckpoint with one file', () => {
  it('reads tensors and slices', async () => {
    const checkpoint = await open({ 'model.safetensors': safetensorsFile({ b: f32(1, 2), a: f32(3) }) });
    expect(checkpoint.names).toEqual(['b', 'a']);
    expect(checkpoint.info('a')).toEqual({ dtype: 'F32', shape: [1] });
    expect([...toFloat32(await checkpoint.read('b'))]).toEqual([1, 2]);
    expect([...toFloat32(await checkpoint.read('b', { axis: 0, from: 1, to: 2 }))]).toEqual([2]);
  });

  it('throws LoadError with the known names for an unknown tensor', async () => {
    const tensors = { a: f32(1), b: f32(1), c: f32(1), d: f32(1), e: f32(1) };
    const checkpoint = await open({ 'model.safetensors': safetensorsFile(tensors) });
    const message = 'model.safetensors has no tensor "x"; it has "a", "b", "c" and 2 more';
    expect(() => checkpoint.info('x')).toThrow(message);
    await expect(checkpoint.read('x')).rejects.toMatchObject({ reason: 'unknown-tensor', message });
    expect(() => checkpoint.info('__proto__')).toThrow('no tensor "__proto__"');
  });

  it('rejects with FormatError when the file is invalid', async () => {
    await expect(open({ 'model.safetensors': fileOf('{}', 1) })).rejects.toMatchObject({
      rule: 'trailing-bytes',
    });
  });
});

describe('openCheckpoint without weightsFile, or with one', () => {
  const one = safetensorsFile({ one: f32(1) });
  const two = safetensorsFile({ two: f32(2) });

  it.each([
    ['model.safetensors before others', { 'model.safetensors': one, 'a.safetensors': two }, undefined, 'one'],
    ['the only safetensors file', { 'model.fp16.safetensors': one, 'config.json': '{}' }, undefined, 'one'],
    [
      'the file given as weightsFile',
      { 'model.safetensors': one, 'a.safetensors': two },
      'a.safetensors',
      'two',
    ],
    [
      'the index',
      {
        'model.safetensors.index.json': index({ two: 'a.safetensors' }),
        'a.safetensors': two,
        'b.safetensors': one,
      },
      undefined,
      'two',
    ],
    [
      'an index given as weightsFile',
      { 'x/i.index.json': index({ two: 'a.safetensors' }), 'x/a.safetensors': two },
      'x/i.index.json',
      'two',
    ],
  ] as const)('opens %s', async (_, files, weightsFile, tensor) => {
    expect((await open(files, weightsFile)).names).toEqual([tensor]);
  });

  it.each([
    [
      'no safetensors file',
      { 'config.json': '{}' },
      'There is none of model.safetensors, model.safetensors.index.json, pytorch_model.bin, pytorch_model.bin.index.json in the files given; it has config.json',
    ],
    [
      'several safetensors files',
      { 'b.safetensors': one, 'a.safetensors': two },
      'several safetensors files in the files given: a.safetensors, b.safetensors; choose one',
    ],
  ] as const)('rejects with LoadError for %s', async (_, files, message) => {
    await expect(open(files)).rejects.toMatchObject({
      reason: 'not-found',
      message: expect.stringContaining(message),
    });
  });

  it('requests the index when model.safetensors is missing and files cannot be listed', async () => {
    const files = new Map<string, BodyInit>([
      ['model.safetensors.index.json', index({ two: 'a.safetensors' })],
      ['a.safetensors', two.slice()],
    ]);
    const serve = (async (url: URL) => {
      const body = files.get(url.pathname.slice(1));
      return body === undefined ? new Response(null, { status: 404 }) : new Response(body);
    }) as typeof fetch;
    const totals: (number | undefined)[] = [];
    const source = () =>
      resolveSource('https://example.com/', {
        fetch: serve,
        cache: false,
        onProgress: ({ total }) => totals.push(total),
      });
    const checkpoint = await openCheckpoint(source());
    expect(checkpoint.names).toEqual(['two']);
    expect(await checkpoint.read('two')).toMatchObject({ dtype: 'F32' });
    // A missing file does not leave the total undefined.
    expect(totals.at(-1)).toBe(files.get('model.safetensors.index.json')!.toString().length + two.length);
    files.delete('model.safetensors.index.json');
    await expect(openCheckpoint(source())).rejects.toMatchObject({
      reason: 'not-found',
      message: expect.stringContaining('There is none of model.safetensors, model.safetensors.index.json'),
    });
  });
});

describe('openCheckpoint with a sharded checkpoint', () => {
  const shards = {
    'model-00001-of-00002.safetensors': safetensorsFile({ a: f32(1), b: f32(2) }),
    'model-00002-of-00002.safetensors': safetensorsFile({ c: f32(3) }),
  };
  const INDEX = 'model.safetensors.index.json';
  const [first, second] = Object.keys(shards) as [string, string];

  it('reads the tensors of all files', async () => {
    const checkpoint = await open({ ...shards, [INDEX]: index({ c: second, a: first, b: first }) });
    expect(checkpoint.names).toEqual(['c', 'a', 'b']);
    const values = await Promise.all(
      ['a', 'b', 'c'].map(async (name) => [...toFloat32(await checkpoint.read(name))]),
    );
    expect(values).toEqual([[1], [2], [3]]);
    expect(checkpoint.info('c').shape).toEqual([1]);
    expect(() => checkpoint.info('d')).toThrow('model.safetensors.index.json has no tensor "d"');
  });

  it('omits tensors that the index does not list', async () => {
    const checkpoint = await open({ ...shards, [INDEX]: index({ c: second }) });
    expect(checkpoint.names).toEqual(['c']);
    await expect(checkpoint.read('a')).rejects.toMatchObject({ reason: 'unknown-tensor' });
  });

  it('accepts tensors named like properties of Object.prototype', async () => {
    const file = fileOf('{"__proto__":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}', new Uint8Array([7]));
    const checkpoint = await open({
      's.safetensors': file,
      [INDEX]: '{"weight_map":{"__proto__":"s.safetensors"}}',
    });
    expect([...toInt32(await checkpoint.read('__proto__'))]).toEqual([7]);
  });

  it('rejects with the name of a missing file', async () => {
    const files = { [INDEX]: index({ a: first }) };
    await expect(open(files)).rejects.toMatchObject({
      reason: 'not-found',
      file: first,
      message: `There is no file ${first} in the files given; available: ${INDEX}`,
    });
  });

  it.each([
    ['index-invalid', '[]'],
    ['index-invalid', '{}'],
    ['index-invalid', index([])],
    ['index-invalid', index({ a: 1 })],
    ['index-file-name', index({ a: '../secret.safetensors' })],
    ['index-file-name', index({ a: '/etc/x.safetensors' })],
    ['index-file-name', index({ a: 'https://elsewhere/x.safetensors' })],
    ['index-file-name', index({ a: 'pytorch_model.bin' })],
    ['index-tensor-missing', index({ a: second })],
    ['index-tensor-missing', index({ toString: first })],
    ['not-json', '{'],
  ])('rejects with FormatError when the index breaks %s: %s', async (rule, content) => {
    await expect(open({ ...shards, [INDEX]: content })).rejects.toMatchObject({ name: 'FormatError', rule });
  });
});

describe('openCheckpoint with all-MiniLM-L6-v2', () => {
  const directory = dirname(minilmFiles.weights);

  it('opens the weights of a directory', async () => {
    const checkpoint = await openCheckpoint(resolveSource(directory));
    expect(checkpoint.names).toHaveLength(104);
    expect(checkpoint.info('embeddings.word_embeddings.weight')).toEqual({
      dtype: 'F16',
      shape: [30_522, 384],
    });
    const positions = toInt32(await checkpoint.read('embeddings.position_ids'));
    expect([...positions]).toEqual(Array.from({ length: 512 }, (_, i) => i));
  });

  it('reads slices equal to parts of the tensor', async () => {
    const checkpoint = await openCheckpoint(resolveSource(directory));
    const name = 'encoder.layer.0.attention.self.query.weight';
    const whole = toFloat32(await checkpoint.read(name));
    const rows = toFloat32(await checkpoint.read(name, { axis: 0, from: 32, to: 64 }));
    const columns = toFloat32(await checkpoint.read(name, { axis: 1, from: 32, to: 64 }));
    expect(rows).toEqual(whole.subarray(32 * 384, 64 * 384));
    expect(columns).toEqual(
      Float32Array.from({ length: 384 * 32 }, (_, i) => whole[(i >> 5) * 384 + 32 + (i & 31)]!),
    );
    expect(whole.every((value) => Math.abs(value) < 2)).toBe(true);
  });

  it('reads the same values from a blob', async () => {
    const blob = new Blob([await readFile(minilmFiles.weights)]);
    const fromBlob = (await open({ 'model.safetensors': blob })) as SafetensorsCheckpoint;
    const fromFile = await openCheckpoint(resolveSource(directory));
    expect(fromBlob).toBeInstanceOf(SafetensorsCheckpoint);
    const name = 'encoder.layer.5.output.LayerNorm.weight';
    expect(await fromBlob.read(name)).toEqual(await fromFile.read(name));
  });
});
