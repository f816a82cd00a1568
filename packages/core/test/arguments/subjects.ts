import * as core from '../../src/index.ts';
import { changedFiles } from '../helpers/tiny-encoders.ts';
import { loadTinyCausalLM, tinySeq2SeqFiles } from '../helpers/tiny-generators.ts';
import { tinyRecurrentFiles } from '../helpers/tiny-recurrent.ts';

// Models and options for the calls of model-calls.ts.

export const backend = 'wasm-simd';
export const fetchNothing = async () => {
  throw new TypeError('fetch failed');
};
export const NLI = { 0: 'contradiction', 1: 'neutral', 2: 'entailment' };
export const taskHeads = core.TASK_HEAD_KINDS.filter((kind) => kind !== 'replacedToken');
export const encoder = await core.loadEncoder(await changedFiles('bert', () => {}, { id2label: NLI }), {
  taskHeads,
  backend,
});
export const single = await changedFiles(
  'bert',
  (tensors) => {
    for (const name of ['classifier.weight', 'classifier.bias']) {
      const { bytes, shape, ...rest } = tensors.get(name)!;
      tensors.set(name, {
        ...rest,
        shape: [1, ...shape.slice(1)],
        bytes: bytes.slice(0, bytes.length / shape[0]!),
      });
    }
  },
  { id2label: { 0: 'relevant' } },
);
export const reranker = await core.loadEncoder(single, { taskHeads: ['sequenceClassification'], backend });
export const causal = await loadTinyCausalLM('llama', { backend });
export const seq = await core.loadSeq2SeqLM(tinySeq2SeqFiles('t5'), { backend });
export const rec = await core.loadRecurrentSeq2Seq(tinyRecurrentFiles(), { backend });
export const tok = encoder.tokenizer;
export const index = await core.indexTexts(encoder, [
  ['a', 'cash'],
  ['b', 'bank'],
]);
export const hooks = { 'blocks.0.attention.heads.0.context': core.silence() };
export const signal = new AbortController().signal;
export const onProgress = () => {};
export const text = { truncation: 'error', hooks, signal, onProgress };
export const gen = {
  maxNewTokens: 3,
  minNewTokens: 1,
  stopStrings: ['q'],
  stopTokens: [5],
  eosTokenId: [2],
  repetitionPenalty: 1.1,
  noRepeatNgramSize: 2,
  logitBias: { 5: 1 },
  suppressTokens: [7],
  badWordsIds: [[3]],
  forcedBosTokenId: 5,
  forcedEosTokenId: 6,
  logitsProcessors: [core.temperature(0.5)],
  logProbs: true,
  topLogProbs: 2,
  skipSpecialTokens: true,
  batchSize: 2,
  truncatePrompt: 'left',
  hooks,
  record: ['blocks.0.attention.heads.0.context'],
  signal,
  onToken: () => {},
};
export const sampled = {
  maxNewTokens: 3,
  doSample: true,
  temperature: 0.5,
  topK: 5,
  topP: 0.9,
  minP: 0.1,
  seed: 3,
};
export const beams = {
  maxNewTokens: 3,
  numBeams: 2,
  lengthPenalty: 1,
  earlyStopping: true,
  numReturnSequences: 2,
};
export const chatTemplate = '{% for m in messages %}{{ m.role }}{{ m.content }}{% endfor %}';
export const messages = [
  { role: 'user', content: 'a' },
  { role: 'assistant', content: [{ type: 'text', text: 'b' }] },
];
export const recorded = await encoder.record('cash', ['blocks.0.attention.heads.0.context']);
export const traced = await encoder.trace('cash');
export const embedOptions = { pooling: 'mean', normalize: true, prompt: 'the ', truncateDim: 8, ...text };
export const safe = core.writeSafetensors([
  ['a', { dtype: 'F32', shape: [2, 2], bytes: new Uint8Array(16) }],
]);
export const source = (bytes: Uint8Array) => ({
  size: bytes.length,
  read: async (f: number, t: number) => bytes.subarray(f, t),
});
export const checkpoint = await core.SafetensorsCheckpoint.open(source(safe));
export const sourceOptions = {
  fetch: fetchNothing,
  hubUrl: 'http://localhost:1/',
  revision: 'main',
  cache: false,
  verify: true,
  timeout: 1000,
  onProgress,
  signal,
};
export const load = { backend, dtype: 'q8', memoryLimit: 1e9, ...sourceOptions };
