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

/** Whisper-tiny and a recording. */
export interface WhisperFiles {
  /** Of files under Hugging Face's names. */
  readonly directory: string;
  /** A recording of Apollo 13, 30 seconds at 16 kHz. */
  readonly samples: Float32Array;
  /** Tokens that are never chosen, and those that are not chosen first. */
  readonly suppressed: { readonly always: readonly number[]; readonly first: readonly number[] };
  /** An ONNX graph: the encoder, the decoder on a prompt, or on one token with caches. */
  graph(part: 'encoder' | 'first' | 'next', dtype: 'f32' | 'q8'): Promise<Uint8Array>;
}

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
  /** Absent in browsers. */
  whisper?(): Promise<WhisperFiles>;
}
