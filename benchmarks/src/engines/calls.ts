import { type Backend, CausalLM, ChatTemplate, createBackend, Tokenizer } from '@headwise/core';
import { parseDecoderConfig } from '@headwise/core/internal';
import type { GreedyWork, Work } from '../cases/work.ts';
import { decode, loadDecoderEngine } from './decoders.ts';
import type { Engine, Prepared } from './engine.ts';
import type { Platform } from './platform.ts';

/** The methods of `CausalLM` that are compared with bare decoding. */
export type CallName = 'generate' | 'stream' | 'chat';

/** A tokenizer with a word `w<id>` for each token. */
function wordTokenizer(vocabSize: number): Tokenizer {
  const vocab = Object.fromEntries(Array.from({ length: vocabSize }, (_, id) => [`w${id}`, id]));
  const model = { type: 'WordLevel', vocab, unk_token: 'w0' };
  return Tokenizer.fromFiles({ tokenizerJson: { model, pre_tokenizer: { type: 'WhitespaceSplit' } } });
}

const template = ChatTemplate.fromSource('{{ messages[0].content }}');

/** A work's decoder as users have it. */
async function greedyModel(platform: Platform, backend: Backend, work: GreedyWork) {
  const engine = await loadDecoderEngine(platform, backend, work);
  const tokenizer = wordTokenizer(work.config.vocab_size);
  return {
    engine,
    model: new CausalLM(parseDecoderConfig(work.config), tokenizer, engine, { chatTemplate: template }),
  };
}

/** The tokens through a method of `CausalLM`. Like bare decoding, runs after the first find the prompt in the cache, but for its last token. */
async function prepareCall(platform: Platform, call: CallName, work: GreedyWork): Promise<Prepared> {
  const { model } = await greedyModel(platform, await createBackend('wasm-relaxed-simd'), work);
  const options = { maxNewTokens: work.newTokens, eosTokenId: null };
  const run = async () => {
    if (call === 'generate') return Float32Array.from((await model.generate(work.prompt, options)).ids);
    if (call === 'chat') {
      const messages = [{ role: 'user', content: work.prompt }];
      return Float32Array.from((await model.chat(messages, options)).ids);
    }
    const ids: number[] = [];
    for await (const { tokens } of model.stream(work.prompt, options))
      ids.push(...tokens.map(({ id }) => id));
    return Float32Array.from(ids);
  };
  return { run, dispose: () => model.dispose() };
}

/** Bare decoding of the tokens: forward passes of one token that read the logits. The tokens are chosen in the first run, which is not timed. */
export async function prepareGreedy(
  platform: Platform,
  backend: Backend,
  work: GreedyWork,
): Promise<Prepared> {
  const { engine, model } = await greedyModel(platform, backend, work);
  const prompt = model.tokenizer.encode(work.prompt).ids;
  const session = await engine.openSession({ slots: 1, capacity: prompt.length + work.newTokens });
  const last = prompt.length - 1;
  await decode(session, prompt.subarray(0, last), 0);
  const ids = new Int32Array(work.newTokens + 1);
  ids[0] = prompt[last]!;
  for (let i = 0; i < work.newTokens; i++) {
    const logits = await decode(session, ids.subarray(i, i + 1), last + i);
    ids[i + 1] = logits.indexOf(logits.reduce((a, b) => Math.max(a, b)));
  }
  const output = Float32Array.from(ids.subarray(1));
  const run = async () => {
    for (let i = 0; i < work.newTokens; i++) await decode(session, ids.subarray(i, i + 1), last + i);
    return output;
  };
  return { run, dispose: () => model.dispose() };
}

/** The engine of a method. */
export function callEngine(platform: Platform, name: CallName): Engine {
  const prepare = (work: Work) => (work.kind === 'greedy' ? prepareCall(platform, name, work) : undefined);
  return { name, threads: 1, prepare };
}
