/** A tensor of onnxruntime-web. */
export interface Value {
  readonly data: Float32Array;
  readonly dims: readonly number[];
}

export interface Session {
  readonly outputNames: readonly string[];
  run(feeds: Readonly<Record<string, unknown>>): Promise<Readonly<Record<string, Value>>>;
}

interface Runtime {
  readonly env: { readonly wasm: { numThreads: number } };
  readonly InferenceSession: { create(model: Uint8Array): Promise<Session> };
  readonly Tensor: new (type: string, data: Float32Array | BigInt64Array, dims: readonly number[]) => Value;
}

/** The packages that were installed for this check. */
export const installed = new URL('node_modules/', import.meta.url);

/** onnxruntime-web in one thread. */
export const runtime = (await import(
  new URL('onnxruntime-web/dist/ort.node.min.mjs', installed).href
)) as Runtime;
runtime.env.wasm.numThreads = 1;
