import { readFile } from 'node:fs/promises';
import { Int8Onnx, inlineBranch, safetensorsOfMoonshine } from '@headwise/benchmarks';
import { loadSpeech, readWav, resample, type SpeechModel } from '@headwise/core/speech';
import { type Clip, SENTENCES, type Sentence, spokenClips } from './clips.ts';
import { difference, marginOf } from './differences.ts';
import { installed, runtime } from './runtime.ts';

// Moonshine-tiny, published as ONNX graphs in 32-bit floats, against onnxruntime-web.

/**
 * Allowed differences: sums of 32-bit floats in another order. That of the encoder is relative to its largest value, about 7; logits are up to 40.
 * onnxruntime-web differs from float64 by up to 7e-5 of the largest value, Headwise by up to 3e-6.
 */
const TOLERANCE = { encoder: 1e-4, logits: 5e-3 };
const [START, END] = [1, 2];

/** Besides the English ones of {@link SENTENCES}. */
const MORE: readonly Sentence[] = [
  ['en-us', 'My brother works in a small office near the harbor.'],
  ['en-gb', 'The children were playing football behind the old school.'],
  ['en-us', 'We need to finish this report before Friday afternoon.'],
  ['en-gb', 'A cup of tea and a good book are all that I want tonight.'],
  ['en-us', 'The train to the city leaves every twenty minutes.'],
];

const models = new URL('@usefulsensors/moonshine-js/dist/model/tiny/float/', installed);

/** Prints a line for each clip. Returns whether all tokens are equal, or near ties, and all differences within the tolerance. */
export async function compareMoonshine(): Promise<boolean> {
  const encoderFile = await readFile(new URL('encoder_model.onnx', models));
  const decoderFile = inlineBranch(
    await readFile(new URL('decoder_model_merged.onnx', models)),
    'else_branch',
  );
  const model = await loadSpeech({
    'config.json': JSON.stringify({ model_type: 'moonshine', max_position_embeddings: 194 }),
    'tokenizer.json': JSON.stringify(await llamaVocabulary()),
    'model.safetensors': safetensorsOfMoonshine(new Int8Onnx(encoderFile), new Int8Onnx(decoderFile)),
  });
  const theirs = await onnxruntime(encoderFile, decoderFile);
  const clips = await spokenClips([...SENTENCES.filter(([voice]) => voice.startsWith('en')), ...MORE]);
  let isFine = true;
  for (const clip of clips) isFine = (await compare(model, theirs, clip)) && isFine;
  await model.dispose();
  return isFine;
}

type Greedy = (samples: Float32Array) => Promise<Decoded>;

interface Decoded {
  readonly states: Float32Array;
  readonly ids: readonly number[];
  readonly logits: readonly Float32Array[];
  readonly ms: number;
}

async function compare(model: SpeechModel, onnxruntime: Greedy, { name, file }: Clip): Promise<boolean> {
  const wav = readWav(file);
  const samples = await resample(wav.samples, wav.sampleRate, 16_000);
  const theirs = await onnxruntime(samples);
  const ours = await headwise(model, samples);
  const scale = theirs.states.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const encoder = difference(ours.states, theirs.states) / scale;
  let [logits, step] = [0, 0];
  while (step < theirs.ids.length && ours.ids[step] === theirs.ids[step]) {
    logits = Math.max(logits, difference(ours.logits[step]!, theirs.logits[step]!));
    step++;
  }
  const isEqual = step === theirs.ids.length && step === ours.ids.length;
  const margin = isEqual ? 0 : marginOf(theirs.logits[step], ours.ids[step] ?? END, theirs.ids[step] ?? END);
  const isFine = encoder <= TOLERANCE.encoder && logits <= TOLERANCE.logits && margin <= TOLERANCE.logits;
  console.log(`${isFine ? 'ok ' : 'NOT'} Moonshine: ${name}\n    ${model.tokenizer.decode(ours.ids)}`);
  console.log(
    `    ${step} of ${theirs.ids.length} tokens equal${isEqual ? '' : `, then a margin of ${margin}`}; largest differences: encoder ` +
      `${encoder.toExponential(1)} of its largest value, logits ${logits.toExponential(1)}; ${(samples.length / 16_000).toFixed(1)} s of sound: ` +
      `onnxruntime-web ${theirs.ms.toFixed(0)} ms without a cache, Headwise ${ours.ms.toFixed(0)} ms`,
  );
  return isFine;
}

/** The greedy tokens of onnxruntime, without a cache, with its logits at each step. */
async function onnxruntime(encoderFile: Uint8Array, decoderFile: Uint8Array): Promise<Greedy> {
  const encoder = await runtime.InferenceSession.create(encoderFile);
  const decoder = await runtime.InferenceSession.create(decoderFile);
  return async (samples) => {
    const begin = performance.now();
    const { last_hidden_state: states } = await encoder.run({
      input_values: new runtime.Tensor('float32', samples, [1, samples.length]),
    });
    const ids: number[] = [];
    const logits: Float32Array[] = [];
    while (ids.length < 193) {
      const input = [START, ...ids];
      const result = await decoder.run({
        input_ids: new runtime.Tensor('int64', BigInt64Array.from(input, BigInt), [1, input.length]),
        encoder_hidden_states: states,
      });
      const { data, dims } = result[decoder.outputNames[0]!]!;
      const row = data.slice((input.length - 1) * dims.at(-1)!);
      logits.push(row);
      const id = row.indexOf(row.reduce((most, value) => Math.max(most, value), -Infinity));
      if (id === END) break;
      ids.push(id);
    }
    return { states: states!.data, ids, logits, ms: performance.now() - begin };
  };
}

async function headwise(model: SpeechModel, samples: Float32Array): Promise<Decoded> {
  let states = new Float32Array(0);
  const logits: Float32Array[] = [];
  const begin = performance.now();
  const { segments } = await model.transcribe(samples, {
    maxTokens: 193,
    logProbThreshold: -Infinity,
    hooks: {
      'encoder.output': ({ data }) => {
        states = data.slice();
      },
      'decoder.logits': ({ data }) => {
        logits.push(data.slice());
      },
    },
  });
  return { states, ids: segments.flatMap(({ ids }) => ids), logits, ms: performance.now() - begin };
}

/** tokenizer.json of Llama's vocabulary, without the merges: nothing is encoded. */
async function llamaVocabulary() {
  const { default: llama } = (await import(
    new URL('llama-tokenizer-js/llama-tokenizer.js', installed).href
  )) as { default: { readonly vocabById: readonly string[] } };
  return {
    version: '1.0',
    added_tokens: ['<unk>', '<s>', '</s>'].map((content, id) => ({ id, content, special: true })),
    decoder: {
      type: 'Sequence',
      decoders: [
        { type: 'Replace', pattern: { String: '▁' }, content: ' ' },
        { type: 'ByteFallback' },
        { type: 'Fuse' },
        { type: 'Strip', content: ' ', start: 1, stop: 0 },
      ],
    },
    model: {
      type: 'BPE',
      byte_fallback: true,
      unk_token: '<unk>',
      merges: [],
      vocab: Object.fromEntries(llama.vocabById.map((piece, id) => [piece, id])),
    },
  };
}
