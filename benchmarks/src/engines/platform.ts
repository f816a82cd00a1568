/** The peers' modules, by what they are called in peers/engines.js. */
export type PeerName = 'onnxruntimeWeb' | 'onnxruntimeNode' | 'tfjs' | 'jax' | 'candle';

/** Weights that a package carries, by what they are called here. */
export type WeightsName = 'minilm-onnx' | 'minilm-onnx-int8';

/** What engines need of the place that they run in, so that the same code measures in Node and in browsers. */
export interface Platform {
  readonly kind: 'node' | 'browser';
  /** A peer's module. The types of its exports are the adapter's business. */
  peer(name: PeerName): Promise<unknown>;
  /** The bytes of an ONNX file of a peer's. */
  weights(name: WeightsName): Promise<Uint8Array>;
  /** The files of all-MiniLM-L6-v2 as Hugging Face has them, by name: config.json, tokenizer.json, model.safetensors. */
  minilm(): Promise<ReadonlyMap<string, Uint8Array>>;
  /** stories15M in llama2.c's first format, and after it a tokeniser. */
  stories15m(): Promise<Uint8Array>;
}
