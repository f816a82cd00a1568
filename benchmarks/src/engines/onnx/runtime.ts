import type { Feed } from './work.ts';

/** The used part of the common interface of onnxruntime-web and onnxruntime-node. */
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
