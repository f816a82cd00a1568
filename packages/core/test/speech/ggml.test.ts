import { describe, expect, test } from 'vitest';
import { memorySource } from '../../src/platform/bytes.ts';
import { loadSpeech } from '../../src/speech/load-speech.ts';
import { float16Bits } from '../../src/weights/float16.ts';
import { GgmlCheckpoint } from '../../src/weights/ggml/checkpoint.ts';
import type { GgmlRule } from '../../src/weights/ggml/rules.ts';
import { GGML_SIZES, ggmlFile, ggmlPieces, ggmlTensors, WIDE } from '../helpers/ggml.ts';
import { tinyWhisperWeights } from '../helpers/tiny-whisper.ts';

test('tensors have the names and values of Hugging Face, in f32 and f16', async () => {
  const tensors = ggmlTensors().map((tensor) => {
    if (tensor.name !== 'encoder.conv1.weight') return tensor;
    const values = new Float32Array(tensor.bytes.buffer);
    return { ...tensor, type: 1, bytes: new Uint8Array(Uint16Array.from(values, float16Bits).buffer) };
  });
  const checkpoint = await GgmlCheckpoint.open(memorySource(ggmlFile({ tensors })));
  const expected = tinyWhisperWeights({ ...WIDE, vocab_size: GGML_SIZES[0]! });
  expect(checkpoint.names.toSorted()).toEqual(Object.keys(expected).toSorted());
  for (const [name, { shape, data }] of Object.entries(expected)) {
    const info = checkpoint.info(name);
    expect(info.shape, name).toEqual(shape);
    expect(info.dtype).toBe(name === 'model.encoder.conv1.weight' ? 'F16' : 'F32');
    const { bytes } = await checkpoint.read(name);
    if (info.dtype === 'F32') expect(Buffer.compare(bytes, new Uint8Array(data.buffer)), name).toBe(0);
  }
});

test('a file alone is a model, with its vocabulary', async () => {
  const model = await loadSpeech({ 'ggml-tiny.bin': ggmlFile() }, { weightsFile: 'ggml-tiny.bin' });
  const { config, tokenizer, languages } = model;
  expect(config).toMatchObject({ vocabSize: 51_865, numMelBins: 6, contextLength: 40, sourceLength: 50 });
  expect([languages.length, languages[0], languages.at(-1)]).toEqual([99, 'en', 'su']);
  // Merges of two bytes are made again from the ids.
  expect([...tokenizer.encode('\x00\x01', { addSpecialTokens: false }).ids]).toEqual([257]);
  expect(tokenizer.decode([256 + 65, 72])).toBe('\x00AH');
  expect(
    ['<|endoftext|>', '<|ko|>', '<|notimestamps|>', '<|30.00|>'].map((token) => tokenizer.tokenToId(token)),
  ).toEqual([50_257, 50_264, 50_363, 51_864]);
  const { segments } = await model.transcribe(
    new Float32Array(8000).map((_, i) => Math.sin(i / 9)),
    {
      language: 'en',
      temperature: 0,
      timestamps: 'none',
      noSpeechThreshold: 1,
      maxTokens: 4,
    },
  );
  expect(segments.every(({ ids }) => ids.length <= 4)).toBe(true);
  await model.dispose();
});

describe('files that break a rule', () => {
  const [first, ...others] = ggmlTensors();
  const sizes = (index: number, value: number) => GGML_SIZES.map((size, i) => (i === index ? value : size));
  const pieces = ggmlPieces();
  test.each<[GgmlRule, string, Uint8Array]>([
    ['not-ggml', 'another magic number', ggmlFile({ magic: 0x46554747 })],
    ['past-end', 'no sizes', ggmlFile().subarray(0, 20)],
    ['past-end', 'weights that are cut off', ggmlFile().subarray(0, -1)],
    ['invalid-size', 'no width', ggmlFile({ sizes: sizes(2, 0) })],
    ['invalid-size', 'negative layers', ggmlFile({ sizes: sizes(4, -1) })],
    ['invalid-size', 'too many layers', ggmlFile({ sizes: sizes(8, 1 << 20) })],
    ['invalid-size', 'another width of the decoder', ggmlFile({ sizes: sizes(6, 8) })],
    ['invalid-size', 'other filters', ggmlFile({ filters: [5, 4] })],
    [
      'past-end',
      'filters beyond the file',
      ggmlFile({ filters: [6, 1 << 23], pieces: [], tensors: [] }).subarray(0, 5000),
    ],
    ['invalid-size', 'no pieces', ggmlFile({ pieces: [] })],
    ['invalid-tensor', 'five axes', ggmlFile({ tensors: [{ ...first!, shape: [1, 1, 1, 1, 1] }] })],
    ['invalid-tensor', 'an unknown name', ggmlFile({ tensors: [{ ...first!, name: 'encoder.other' }] })],
    ['invalid-tensor', 'a long name', ggmlFile({ tensors: [{ ...first!, name: 'a'.repeat(300) }] })],
    ['unsupported-type', 'quantised weights', ggmlFile({ tensors: [{ ...first!, type: 8 }, ...others] })],
    ['duplicate-tensor', 'a tensor twice', ggmlFile({ tensors: [first!, first!] })],
  ])('%s: %s', async (rule, _, file) => {
    await expect(GgmlCheckpoint.open(memorySource(file))).rejects.toMatchObject({ code: 'ERR_FORMAT', rule });
  });

  test.each<[string, Uint8Array]>([
    ['two equal pieces', ggmlFile({ pieces: pieces.with(300, pieces[301]!) })],
    ['no piece of a byte', ggmlFile({ pieces: pieces.with(7, Uint8Array.of(255, 255, 255)) })],
    ['few pieces', ggmlFile({ pieces: pieces.slice(0, 1000) })],
    ['a piece of no others', ggmlFile({ pieces: pieces.with(300, Uint8Array.of(255, 255, 255, 254)) })],
    ['another vocabulary', ggmlFile({ sizes: sizes(0, 40_000) })],
  ])('invalid-vocabulary: %s', async (_, file) => {
    const loading = loadSpeech({ 'm.bin': file }, { weightsFile: 'm.bin' });
    await expect(loading).rejects.toMatchObject({ code: 'ERR_FORMAT', rule: 'invalid-vocabulary' });
  });

  test('weights of other sizes than the header says', async () => {
    const file = ggmlFile({ sizes: sizes(9, 6).with(1, 60) });
    await expect(loadSpeech({ 'm.bin': file }, { weightsFile: 'm.bin' })).rejects.toThrow(
      'embed_positions.weight must be [60, 16]',
    );
  });
});
