import type { StreamWork, Work } from '../cases/work.ts';
import type { Engine, Prepared } from './engine.ts';
import { ggufModel } from './gguf/model.ts';
import { checkedText } from './gguf/stream.ts';
import type { Platform } from './platform.ts';

/** The used part of @wllama/wllama's interface. */
interface WllamaModule {
  readonly Wllama: new (
    paths: { readonly default: string },
    options: { readonly suppressNativeLog: boolean },
  ) => WllamaModel;
}

interface WllamaModel {
  /** `null`: no builds for old browsers, which come from a CDN. */
  setCompat(compat: null): void;
  loadModel(files: readonly Blob[], options: Readonly<Record<string, number | boolean>>): Promise<void>;
  createCompletion(options: Readonly<Record<string, unknown>>): Promise<
    AsyncIterable<{
      readonly choices: readonly { readonly text: string }[];
      readonly timings?: { readonly predicted_n: number };
    }>
  >;
  exit(): Promise<void>;
}

/** llama.cpp in WebAssembly, without a GPU. */
export async function wllama(platform: Platform, threads: number): Promise<Engine> {
  const module = (await platform.peer('wllama')) as WllamaModule;
  const prepare = (work: Work) =>
    work.kind === 'stream' ? prepareWllama(platform, module, threads, work) : undefined;
  return { name: 'wllama', threads, prepare };
}

async function prepareWllama(
  platform: Platform,
  { Wllama }: WllamaModule,
  threads: number,
  work: StreamWork,
): Promise<Prepared> {
  const model = new Wllama(
    { default: new URL('/wllama/wllama.wasm', location.href).href },
    { suppressNativeLog: true },
  );
  model.setCompat(null);
  await model.loadModel([new Blob([await ggufModel(platform, work)])], {
    n_threads: threads,
    n_gpu_layers: 0,
    n_ctx: 512,
    n_parallel: 1,
  });
  const options = {
    prompt: work.prompt,
    max_tokens: work.newTokens,
    temperature: 0,
    cache_prompt: false,
    stream: true,
  };
  const run = async () => {
    let text = '';
    let tokens = 0;
    for await (const { choices, timings } of await model.createCompletion(options)) {
      text += choices[0]?.text ?? '';
      tokens = timings?.predicted_n ?? tokens;
    }
    if (tokens !== work.newTokens) throw new Error(`${tokens} tokens in place of ${work.newTokens}`);
    return checkedText(work, text);
  };
  return { run, dispose: () => model.exit() };
}
