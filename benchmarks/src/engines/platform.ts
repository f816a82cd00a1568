import type { TokenizerName } from '../cases/tokenize.ts';

/** Names of the peers' modules in peers/engines.js. */
export type PeerName =
  | 'onnxruntimeWeb'
  | 'onnxruntimeNode'
  | 'tfjs'
  | 'jax'
  | 'candle'
  | 'tokenizers'
  | 'litert'
  | 'wllama';

/** ONNX files of the peers' packages. */
export type WeightsName = 'minilm-onnx' | 'minilm-onnx-int8';

/** Access to modules and files, in Node and in browsers. */
export interface Platform {
  readonly kind: 'node' | 'browser';
  /** Imports a peer's module. */
  peer(name: PeerName): Promise<unknown>;
  /** Bytes of an ONNX file. */
  weights(name: WeightsName): Promise<Uint8Array>;
  /** Files of all-MiniLM-L6-v2: config.json, tokenizer.json, model.safetensors. */
  minilm(): Promise<ReadonlyMap<string, Uint8Array>>;
  /** stories15M in llama2.c's version 0 format, followed by a tokenizer. */
  stories15m(): Promise<Uint8Array>;
  /** A tokenizer.json other than MiniLM's. */
  tokenizer(name: Exclude<TokenizerName, 'minilm'>): Promise<Uint8Array>;
  /** The compiler messages of TypeScript, in English and Korean. */
  messages(): Promise<[english: string, korean: string][]>;
}
