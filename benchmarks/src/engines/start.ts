import { availableBackends } from '@headwise/core';
import type { Case } from '../cases/suites.ts';
import type { BackendName } from '../row.ts';
import { callEngine } from './calls.ts';
import { candle } from './candle.ts';
import type { Engine } from './engine.ts';
import { jaxJs } from './jax.ts';
import { jsEngine } from './js.ts';
import { litertJs } from './litert/litert.ts';
import { onnxruntimeNode, onnxruntimeWeb } from './onnx/onnxruntime.ts';
import { ours } from './ours.ts';
import type { Platform } from './platform.ts';
import { previousKernel } from './previous/engine.ts';
import { tfjsWasm } from './tfjs.ts';
import { huggingfaceTokenizers, ownTokenizer } from './tokenizers.ts';
import { wllama } from './wllama.ts';
import { workers, workersByBatch, workersByMessages, workersInSharedMemory } from './workers.ts';

interface Entry {
  /** Numbers of threads that it is measured with. */
  readonly threads: 'one' | 'any' | 'several';
  readonly nodeOnly?: true;
  readonly browserOnly?: true;
  /** Needs shared memory, in browsers a cross-origin isolated page. */
  readonly shared?: true;
  /** Takes part only in cases that name it. */
  readonly cases?: 'named';
  start(platform: Platform, threads: number): Engine | Promise<Engine>;
}

const entries: Readonly<Record<BackendName, Entry>> = {
  js: { threads: 'one', start: () => jsEngine },
  reference: { threads: 'one', start: (platform) => ours(platform, 'reference') },
  'wasm-simd': { threads: 'one', start: (platform) => ours(platform, 'wasm-simd') },
  'wasm-relaxed-simd': { threads: 'one', start: (platform) => ours(platform, 'wasm-relaxed-simd') },
  workers: { threads: 'several', start: workers },
  'workers-messages': { threads: 'any', cases: 'named', start: workersByMessages },
  'workers-shared': { threads: 'several', cases: 'named', shared: true, start: workersInSharedMemory },
  'workers-batch': { threads: 'several', cases: 'named', start: workersByBatch },
  'onnxruntime-web': { threads: 'any', start: onnxruntimeWeb },
  'tfjs-wasm': { threads: 'one', start: tfjsWasm },
  'jax-js': { threads: 'one', start: jaxJs },
  candle: { threads: 'one', nodeOnly: true, start: candle },
  'litert-js': { threads: 'one', browserOnly: true, start: litertJs },
  wllama: { threads: 'one', browserOnly: true, cases: 'named', start: wllama },
  'onnxruntime-node': { threads: 'any', nodeOnly: true, start: onnxruntimeNode },
  tokenizer: { threads: 'one', nodeOnly: true, cases: 'named', start: ownTokenizer },
  'hf-tokenizers': { threads: 'one', nodeOnly: true, cases: 'named', start: huggingfaceTokenizers },
  'previous-kernel': { threads: 'one', cases: 'named', start: previousKernel },
  generate: { threads: 'one', cases: 'named', start: (platform) => callEngine(platform, 'generate') },
  stream: { threads: 'one', cases: 'named', start: (platform) => callEngine(platform, 'stream') },
  chat: { threads: 'one', cases: 'named', start: (platform) => callEngine(platform, 'chat') },
};

/** Backends measured on a platform with a number of threads, in row order. */
export function measuredBackends(platform: Platform['kind'], threads: number): BackendName[] {
  const own: readonly string[] = availableBackends();
  return (Object.keys(entries) as BackendName[]).filter((name) => {
    const { threads: supported, nodeOnly, browserOnly, shared } = entries[name];
    if ((nodeOnly && platform !== 'node') || (browserOnly && platform !== 'browser')) return false;
    if (shared && platform === 'browser' && !globalThis.crossOriginIsolated) return false;
    if (name.startsWith('wasm-') && !own.includes(name)) return false;
    if (
      ['previous-kernel', 'generate', 'stream', 'chat'].includes(name) &&
      !own.includes('wasm-relaxed-simd')
    )
      return false;
    return supported === 'any' || (supported === 'one') === (threads === 1);
  });
}

/** Whether a backend takes part in a case: the case names it, or names none and the backend does not require it. */
export function takesPart(name: BackendName, { backends }: Pick<Case, 'backends'>): boolean {
  return backends ? backends.includes(name) : entries[name].cases !== 'named';
}

/** Starts a backend. */
export async function startEngine(platform: Platform, name: BackendName, threads: number): Promise<Engine> {
  return entries[name].start(platform, threads);
}
