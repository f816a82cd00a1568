import type { Feed } from './work.ts';

/** The part of onnxruntime-web's and onnxruntime-node's common interface that is used here. */
export interface OnnxRuntime {
  readonly env: { readonly wasm: { numThreads?: number } };
  readonly InferenceSession: { create(model: Uint8Array, options: object): Promise<Session> };
  readonly Tensor: new (type: string, data: Feed['data'], dims: readonly number[]) => Tensor;
}

export interface Tensor {
  readonly data: unknown;
}

export interface Session {
  run(feeds: Readonly<Record<string, Tensor>>): Promise<Readonly<Record<string, Tensor>>>;
  release(): Promise<void>;
}
