import type { EncoderModel } from '@headwise/core';
import type { ModelEntry } from '../registry.ts';
import type { ArrivingWeights } from './arriving-weights.ts';

/** A model of the first blocks of an encoder, whose heads are those of the whole. It is disposed of when the next is asked for. */
export interface FirstBlocksModel {
  readonly model: EncoderModel;
  /** Of the whole model. */
  readonly layers: number;
}

/** What has come of an encoder that is being downloaded, and the rows that were requested besides. */
export interface ArrivingEncoder {
  readonly entry: ModelEntry;
  /** The tensor with the rows of the words. */
  readonly words: string;
  readonly weights: ArrivingWeights;
  /** The other files. */
  readonly files: ReadonlyMap<string, Promise<string>>;
  /** The address of the weights. */
  readonly url: string;
  /** Of words, by their ids. */
  readonly rows: Map<number, Uint8Array>;
}
