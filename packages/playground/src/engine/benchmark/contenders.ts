import type { BackendName, Dtype } from '@headwise/benchmarks/page';

/** Engines of others that the page can measure, where its host has their files. */
export const PEERS = ['onnxruntime-web', 'tfjs'] as const;
export type PeerId = (typeof PEERS)[number];

/** Who takes part: an engine with a type of weights, and a number of threads. */
export interface Contender {
  /** Its name in the benchmarks' reports. */
  readonly backend: BackendName;
  readonly dtype: Dtype;
  readonly threads: number;
  /** Whose files it needs; undefined for Headwise. */
  readonly peer?: PeerId;
}

export const CONTENDERS = {
  relaxed: { backend: 'wasm-relaxed-simd', dtype: 'f32', threads: 1 },
  simd: { backend: 'wasm-simd', dtype: 'f32', threads: 1 },
  workers: { backend: 'workers', dtype: 'f32', threads: 2 },
  q8: { backend: 'wasm-relaxed-simd', dtype: 'q8', threads: 1 },
  q4: { backend: 'wasm-relaxed-simd', dtype: 'q4', threads: 1 },
  ort: { backend: 'onnxruntime-web', dtype: 'f32', threads: 1, peer: 'onnxruntime-web' },
  'ort-q8': { backend: 'onnxruntime-web', dtype: 'q8', threads: 1, peer: 'onnxruntime-web' },
  tfjs: { backend: 'tfjs-wasm', dtype: 'f32', threads: 1, peer: 'tfjs' },
} as const satisfies Readonly<Record<string, Contender>>;

export type ContenderId = keyof typeof CONTENDERS;
export const CONTENDER_IDS = Object.keys(CONTENDERS) as readonly ContenderId[];

/** What is computed: a product of matrices, attention, or MiniLM on one text. */
export const WORKS = ['product', 'attention', 'encoder'] as const;
export type WorkId = (typeof WORKS)[number];

/** Whether a contender can do a work. */
export function canDo(id: ContenderId, work: WorkId): boolean {
  const { backend, dtype } = CONTENDERS[id];
  if (work === 'encoder') return backend !== 'tfjs-wasm';
  if (backend === 'workers') return false;
  return work === 'product' || dtype === 'f32';
}
