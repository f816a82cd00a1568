import { expect, it, test } from 'vitest';
import { createBackend, loadEncoder, loadRecurrentSeq2Seq, loadSeq2SeqLM } from '../../src/index.ts';
import { Linear } from '../../src/nn.ts';
import { loadSpeech, type SpeechModel } from '../../src/speech.ts';
import { noise } from '../helpers/noise.ts';
import { tinyFiles } from '../helpers/tiny-encoders.ts';
import { loadTinyCausalLM, tinySeq2SeqFiles } from '../helpers/tiny-generators.ts';
import { tinyRecurrentFiles } from '../helpers/tiny-recurrent.ts';
import { tinyWhisperFiles } from '../helpers/tiny-whisper.ts';

const disposed = { code: 'ERR_DISPOSED' };

test.each([
  ['EncoderModel', () => loadEncoder(tinyFiles('bert')), 'embed'],
  ['CausalLM', () => loadTinyCausalLM('llama'), 'generate'],
  ['Seq2SeqLM', () => loadSeq2SeqLM(tinySeq2SeqFiles('t5')), 'generate'],
  ['RecurrentSeq2Seq', () => loadRecurrentSeq2Seq(tinyRecurrentFiles()), 'generate'],
] as const)('%s is disposed of where `await using` ends', async (_, load, method) => {
  let kept: Awaited<ReturnType<typeof load>>;
  {
    await using model = await load();
    kept = model;
    await (model as unknown as Record<string, (text: string) => Promise<unknown>>)[method]!('a');
  }
  const call = (kept as unknown as Record<string, (text: string) => Promise<unknown>>)[method]!.bind(kept);
  await expect(call('a')).rejects.toMatchObject(disposed);
});

test('SpeechModel is disposed of where `await using` ends', async () => {
  let kept: SpeechModel;
  {
    await using model = await loadSpeech(tinyWhisperFiles());
    kept = model;
    expect((await model.detectLanguage(noise(0.1))).length).toBe(2);
  }
  await expect(kept.detectLanguage(noise(0.1))).rejects.toMatchObject(disposed);
});

it('releases what is disposed of at once where `using` ends', async () => {
  const x = { data: new Float32Array(2), shape: [1, 2] };
  let kept: Linear;
  {
    using layer = (await new Linear(2, 3).to(await createBackend())) as Linear;
    kept = layer;
    expect(layer.predict(x).shape).toEqual([1, 3]);
  }
  expect(() => kept.predict(x)).toThrow('disposed');
});
