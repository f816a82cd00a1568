import { describe, expect, it } from 'vitest';
import { FormatError, loadEncoder, loadModel, openCheckpoint, resolveSource } from '../../src/index.ts';
import { memorySource } from '../../src/platform/bytes.ts';
import { toFloat32 } from '../../src/weights/convert.ts';
import { PyTorchCheckpoint } from '../../src/weights/pytorch/checkpoint.ts';
import fixture from '../fixtures/pytorch-files.json' with { type: 'json' };
import { tinyCheckpoint, tinyFiles } from '../helpers/tiny-encoders.ts';

const files = Object.fromEntries(
  Object.entries(fixture.files).map(([name, base64]) => [
    name,
    new Uint8Array(Buffer.from(base64, 'base64')),
  ]),
) as Record<keyof typeof fixture.files, Uint8Array>;
const open = (bytes: Uint8Array) => PyTorchCheckpoint.open(memorySource(bytes));
const values: Readonly<Record<string, readonly number[]>> = fixture.values;
const shapes: Readonly<Record<string, readonly number[]>> = fixture.shapes;

describe('a file of torch.save', () => {
  it('has every tensor of a state dict: views, transposed ones, all element types', async () => {
    const checkpoint = await open(files.plain);
    expect(checkpoint.names).toEqual(Object.keys(values));
    for (const name of checkpoint.names) {
      const { dtype, shape } = checkpoint.info(name);
      expect(shape).toEqual(shapes[name]);
      const data = await checkpoint.read(name);
      const { buffer, byteOffset, byteLength } = data.bytes.slice();
      const read = {
        I64: () => Array.from(new BigInt64Array(buffer, byteOffset, byteLength / 8), Number),
        I8: () => [...new Int8Array(buffer)],
        BOOL: () => [...new Uint8Array(buffer)],
      }[dtype as string];
      expect(read ? read() : [...toFloat32(data)], name).toEqual(
        values[name]!.map(read ? Number : Math.fround),
      );
    }
    const { dtype } = checkpoint.info('brain');
    expect([dtype, checkpoint.info('half').dtype, checkpoint.info('double').dtype]).toEqual([
      'BF16',
      'F16',
      'F64',
    ]);
  });

  it('is read in slices of either axis', async () => {
    const checkpoint = await open(files.plain);
    const rows = toFloat32(await checkpoint.read('table.weight', { axis: 0, from: 2, to: 4 }));
    expect([...rows]).toEqual(values.rows!.map(Math.fround));
    const transposed = await checkpoint.read('transposed', { axis: 0, from: 1, to: 2 });
    expect([...toFloat32(transposed)]).toEqual(values.column!.map(Math.fround));
    const columns = await checkpoint.read('table.weight', { axis: 1, from: 1, to: 2 });
    expect([...toFloat32(columns)]).toEqual(values.column!.map(Math.fround));
    await expect(checkpoint.read('transposed', { axis: 0, from: 0, to: 9 })).rejects.toThrow('0 to 9');
    expect(() => checkpoint.info('missing')).toThrow('has no tensor "missing"');
  });

  it.each(['module', 'protocol4'] as const)('%s may be the state dict of a module', async (name) => {
    const checkpoint = await open(files[name]);
    expect(checkpoint.names).toEqual(['weight', 'bias']);
    expect([...toFloat32(await checkpoint.read('weight'))]).toEqual(fixture.module.weight.map(Math.fround));
  });

  it('may have parameters in place of tensors', async () => {
    const checkpoint = await open(files.parameter);
    expect([...toFloat32(await checkpoint.read('weight'))]).toEqual([1, 1]);
  });

  it('may have sizes and offsets of 64 bits in its directory, among other extra fields', async () => {
    const checkpoint = await open(withWideSizes(files.module));
    expect(checkpoint.names).toEqual(['weight', 'bias']);
    expect([...toFloat32(await checkpoint.read('weight'))]).toEqual(fixture.module.weight.map(Math.fround));
  });

  it('is refused when sizes of 64 bits reach beyond their extra field', async () => {
    await expect(open(withWideSizes(files.module, 21))).rejects.toThrow(FormatError);
  });

  it.each([
    ['command', 'pickle-global', 'the pickle calls posix.system, which is code and not a tensor'],
    ['legacy', 'legacy-format', 'has the format of PyTorch before 1.6'],
    ['training', 'not-a-tensor', '"state_dict" is no tensor'],
    ['number', 'not-a-tensor', '"weight" is no tensor'],
    ['tensor', 'not-a-tensor', 'something other than a state dict'],
    ['cut', 'not-zip', 'no zip archive'],
    ['compressed', 'zip-compressed', 'is compressed'],
    ['expanded', 'tensor-invalid', 'has elements that share memory'],
    ['beyond', 'tensor-invalid', 'does not lie within its storage'],
  ] as const)('%s is refused', async (name, rule, message) => {
    await expect(open(files[name])).rejects.toMatchObject({
      rule,
      message: expect.stringContaining(message),
    });
  });

  it('is refused with a FormatError wherever it is cut or changed', async () => {
    const { module } = files;
    for (let length = 0; length < module.length; length += 37) {
      await expect(open(module.subarray(0, length))).rejects.toBeInstanceOf(FormatError);
    }
    let refused = 0;
    for (let at = 0; at < module.length; at += 3) {
      const changed = module.slice();
      changed[at]! ^= 0xff;
      const checkpoint = await open(changed).catch((error: unknown) => error);
      if (checkpoint instanceof PyTorchCheckpoint) {
        for (const name of checkpoint.names) await checkpoint.read(name);
      } else {
        expect(checkpoint).toBeInstanceOf(FormatError);
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(50);
  });
});

/**
 * The archive with all sizes and offsets of its directory in extra fields (ZIP64), which PyTorch writes for large files. Of the extra fields,
 * the bytes from `length` on are in the comment that follows them.
 */
function withWideSizes(zip: Uint8Array, length = 43): Uint8Array<ArrayBuffer> {
  const buffer = Buffer.from(zip);
  const last = buffer.lastIndexOf(Buffer.from([0x50, 0x4b, 5, 6]));
  const first = buffer.readUInt32LE(last + 16);
  const parts: Buffer[] = [];
  for (let at = first; buffer.readUInt32LE(at) === 0x0201_4b50; ) {
    const [name, extra, comment] = [28, 30, 32].map((offset) => buffer.readUInt16LE(at + offset));
    const head = Buffer.from(buffer.subarray(at, at + 46 + name!));
    const [packed, size, header] = [20, 24, 42].map((offset) => BigInt(head.readUInt32LE(offset)));
    for (const offset of [20, 24, 42]) head.writeUInt32LE(0xffff_ffff, offset);
    const fields = Buffer.alloc(9 + 28 + 6);
    fields.writeUInt16LE(0x5455, 0);
    fields.writeUInt16LE(5, 2);
    fields.writeUInt16LE(1, 9);
    fields.writeUInt16LE(24, 11);
    for (const [i, value] of [size, packed, header].entries()) fields.writeBigUInt64LE(value!, 13 + 8 * i);
    fields.writeUInt16LE(0x4242, 37);
    fields.writeUInt16LE(2, 39);
    head.writeUInt16LE(length, 30);
    head.writeUInt16LE(fields.length - length, 32);
    parts.push(head, fields);
    at += 46 + name! + extra! + comment!;
  }
  const directory = Buffer.concat(parts);
  const end = Buffer.from(buffer.subarray(last, last + 22));
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt16LE(0, 20);
  return Uint8Array.from(Buffer.concat([buffer.subarray(0, first), directory, end]));
}

describe('a repository with pytorch_model.bin', () => {
  const config = { 'config.json': '{}' };

  it('is read where there are no safetensors, also in several files', async () => {
    const single = await openCheckpoint(resolveSource({ ...config, 'pytorch_model.bin': files.module }));
    expect(single.names).toEqual(['weight', 'bias']);
    const index = { weight_map: { weight: 'a.bin', 'table.weight': 'b.bin' } };
    const sharded = await openCheckpoint(
      resolveSource({
        ...config,
        'pytorch_model.bin.index.json': JSON.stringify(index),
        'a.bin': files.module,
        'b.bin': files.plain,
      }),
    );
    expect(sharded.names).toEqual(['weight', 'table.weight']);
    expect(sharded.info('table.weight').shape).toEqual([6, 4]);
    const wrong = { ...config, 'pytorch_model.bin.index.json': '{"weight_map":{"weight":"a.safetensors"}}' };
    await expect(openCheckpoint(resolveSource(wrong))).rejects.toThrow('index-file-name');
  });

  it('loads as the same model with safetensors', async () => {
    const source = { ...tinyFiles('bert'), 'pytorch_model.bin': files.module };
    expect((await tinyCheckpoint('bert')).names.length).toBeGreaterThan(2);
    const model = await loadEncoder(source, { backend: 'reference', taskHeads: [] });
    expect((await model.embed('cash')).length).toBe(24);
    // The file that the option names is used instead, and is no BERT.
    const chosen = loadModel(source, { backend: 'reference', weightsFile: 'pytorch_model.bin' });
    await expect(chosen).rejects.toThrow(
      'pytorch_model.bin has no tensor "embeddings.word_embeddings.weight"',
    );
  });

  it('names formats that are not read', async () => {
    const open = (more: object) => openCheckpoint(resolveSource({ ...config, ...more }));
    await expect(open({ 'onnx/model.onnx': 'x' })).rejects.toThrow(
      'are in the format of ONNX, which is not read',
    );
    await expect(open({ 'tf_model.h5': 'x' })).rejects.toThrow('format of TensorFlow');
    await expect(open({ 'flax_model.msgpack': 'x' })).rejects.toThrow('format of Flax');
    await expect(open({})).rejects.toThrow('There is none of model.safetensors');
  });
});
