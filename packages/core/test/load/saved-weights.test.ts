import { beforeAll, describe, expect, it } from 'vitest';
import {
  FormatError,
  HeadwiseError,
  loadEncoder,
  type ModelSource,
  SafetensorsCheckpoint,
  type TensorData,
  writeSafetensors,
} from '../../src/index.ts';
import { memorySource } from '../../src/platform/bytes.ts';
import { saveModel } from '../../src/save.ts';
import { tinyFiles } from '../helpers/tiny-encoders.ts';

type Tensors = Map<string, TensorData>;
interface Config {
  version: unknown;
  dtype: unknown;
  tensors: Record<string, Record<string, unknown>>;
  [key: string]: unknown;
}

const NAME = 'embeddings.word_embeddings.weight';
let files: Map<string, Uint8Array>;
let prefix: string;

beforeAll(async () => {
  files = new Map();
  await saveModel(tinyFiles('bert') as ModelSource, files, { dtype: 'q4' });
  const { quantization_config: config } = JSON.parse(new TextDecoder().decode(files.get('config.json')!));
  prefix = Object.keys(config.tensors)
    .find((name) => name.endsWith(NAME))!
    .slice(0, -NAME.length);
});

/** The saved files after a change. */
async function changed(change: (tensors: Tensors, config: Config) => void): Promise<ModelSource> {
  const config = JSON.parse(new TextDecoder().decode(files.get('config.json')!));
  const bytes = files.get('model.safetensors')!;
  const checkpoint = await SafetensorsCheckpoint.open(memorySource(bytes));
  const tensors: Tensors = new Map();
  for (const name of checkpoint.names) {
    const data = await checkpoint.read(name);
    tensors.set(name, { ...data, bytes: data.bytes.slice() });
  }
  change(tensors, config.quantization_config);
  return new Map<string, Uint8Array | string>([
    ...files,
    ['config.json', JSON.stringify(config)],
    ['model.safetensors', writeSafetensors(tensors)],
  ]);
}

const word = () => `${prefix}${NAME}`;
const position = () => `${prefix}embeddings.position_embeddings.weight`;

describe('weights that saveModel wrote', () => {
  it.each<[string, string, (tensors: Tensors, config: Config) => void]>([
    [
      'of another version',
      'quantized-config',
      (_, config) => {
        config.version = 2;
      },
    ],
    [
      'of an unknown type',
      'quantized-config',
      (_, config) => {
        config.dtype = 'q5';
      },
    ],
    [
      'with an unknown entry',
      'quantized-config',
      (_, config) => {
        config.bits = 4;
      },
    ],
    [
      'without a list of tensors',
      'quantized-config',
      (_, config) => {
        delete (config as { tensors?: unknown }).tensors;
      },
    ],
    [
      'with a list in place of the tensors',
      'quantized-config',
      (_, config) => {
        config.tensors = [] as never;
      },
    ],
    [
      'with a shape of one axis',
      'quantized-config',
      (_, config) => {
        config.tensors[word()]!.shape = [61];
      },
    ],
    [
      'with a negative size',
      'quantized-config',
      (_, config) => {
        config.tensors[word()]!.shape = [-1, -16];
      },
    ],
    [
      'with sizes whose product is no exact integer',
      'quantized-config',
      (_, config) => {
        config.tensors[word()]!.shape = [2 ** 52, 2 ** 52];
      },
    ],
    [
      'with no types',
      'quantized-config',
      (_, config) => {
        config.tensors[word()]!.types = [];
      },
    ],
    [
      'with a type twice',
      'quantized-config',
      (_, config) => {
        config.tensors[word()]!.types = ['q4', 'q4'];
      },
    ],
    [
      'with the type f16 of rows',
      'quantized-config',
      (_, config) => {
        config.tensors[word()]!.types = ['f16'];
      },
    ],
    [
      'with a word for transposed',
      'quantized-config',
      (_, config) => {
        config.tensors[word()]!.transposed = 'no';
      },
    ],
    [
      'with an unknown entry of a tensor',
      'quantized-config',
      (_, config) => {
        config.tensors[word()]!.zeros = true;
      },
    ],
    [
      'with rows of a tensor that is missing',
      'quantized-missing',
      (tensors) => {
        tensors.delete(`${word()}.q4`);
      },
    ],
    [
      'without scales',
      'quantized-missing',
      (tensors) => {
        tensors.delete(`${word()}.q4.scale`);
      },
    ],
    [
      'with a tensor in config.json alone',
      'quantized-missing',
      (_, config) => {
        Object.assign(config.tensors, { constructor: { shape: [1, 1], types: ['q8'] } });
      },
    ],
    [
      'with more rows than the file has',
      'quantized-shape',
      (_, config) => {
        (config.tensors[word()]!.shape as number[])[0]! += 1;
      },
    ],
    [
      'with a huge size',
      'quantized-shape',
      (_, config) => {
        (config.tensors[word()]!.shape as number[])[0] = 2 ** 40;
      },
    ],
    [
      'with more columns than the blocks have',
      'quantized-shape',
      (_, config) => {
        (config.tensors[word()]!.shape as number[])[1]! += 32;
      },
    ],
    [
      'with values of another type',
      'quantized-dtype',
      (tensors) => {
        tensors.set(`${word()}.q4`, { ...tensors.get(`${word()}.q4`)!, dtype: 'I8' });
      },
    ],
    [
      'with a scale of NaN',
      'quantized-value',
      (tensors) => {
        tensors.get(`${word()}.q4.scale`)!.bytes.fill(0xff, 0, 4);
      },
    ],
    [
      'with an infinite scale',
      'quantized-value',
      (tensors) => {
        tensors.get(`${position()}.q8.scale`)!.bytes.set([0, 0, 0x80, 0x7f]);
      },
    ],
    [
      'with a byte of −128',
      'quantized-value',
      (tensors) => {
        tensors.get(`${position()}.q8`)!.bytes[3] = 0x80;
      },
    ],
  ])('%s are a FormatError with the rule %s', async (_, rule, change) => {
    const error = await loadEncoder(await changed(change)).then(
      () => undefined,
      (caught: unknown) => caught,
    );
    expect(error).toBeInstanceOf(FormatError);
    expect(error).toMatchObject({ code: 'ERR_FORMAT', rule });
  });

  it('with a tensor that no part of the model has are refused as other files', async () => {
    const error = await loadEncoder(
      await changed((tensors) => tensors.set('more.q8', tensors.get(`${position()}.q8`)!)),
    ).then(
      () => undefined,
      (caught: unknown) => caught,
    );
    expect(error).toMatchObject({ code: 'ERR_LOAD', message: expect.stringContaining('more.q8') });
  });

  it('ignore what is in the padding of a row', async () => {
    const embed = async (source: ModelSource) => {
      const model = await loadEncoder(source);
      const vector = await model.embed('a b c');
      await model.dispose();
      return vector;
    };
    const columns = 24;
    const padded = await changed((tensors) => {
      const { bytes } = tensors.get(`${word()}.q4`)!;
      // The upper nibbles of a block are the values from 16 on.
      for (let i = 0; i < bytes.length; i++) if ((i % 16) + 16 >= columns) bytes[i] = (bytes[i]! & 15) | 0xf0;
    });
    expect(await embed(padded)).toEqual(await embed(files));
  });

  it('with any byte changed load or are refused with a HeadwiseError', async () => {
    const bytes = files.get('model.safetensors')!;
    let state = 7;
    const random = (below: number) => {
      state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
      return state % below;
    };
    for (let round = 0; round < 60; round++) {
      const broken = bytes.slice();
      const header = round % 2 === 0;
      broken[random(header ? 3000 : broken.length)] = random(256);
      const error = await loadEncoder(new Map([...files, ['model.safetensors', broken]])).then(
        (model) => model.dispose(),
        (caught: unknown) => caught,
      );
      if (error !== undefined) expect(error).toBeInstanceOf(HeadwiseError);
    }
  });
});
