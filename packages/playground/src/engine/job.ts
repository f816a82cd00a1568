import type { CausalLM, EncoderModel, ModelSource, RecurrentSeq2Seq, Seq2SeqLM } from '@headwise/core';
import type { SpeechModel } from '@headwise/core/speech';
import type { FirstBlocksModel } from './load/arriving-encoder.ts';
import type { Entries, LocalId, ModelId, ModelIdOf } from './registry.ts';

interface ModelOfKind {
  readonly encoder: EncoderModel;
  readonly causalLM: CausalLM;
  readonly seq2seqLM: Seq2SeqLM;
  readonly recurrentSeq2Seq: RecurrentSeq2Seq;
  readonly speech: SpeechModel;
}

/** What core loads for an id: `EncoderModel` for `minilm`. */
export type ModelOf<Id extends ModelId> = ModelOfKind[Entries[Id]['kind']];

/** Files by name. */
export type LocalFiles = Readonly<Record<string, Blob>>;

/** A model of files that no site has. */
export interface LocalModel {
  readonly id: LocalId;
  readonly name: string;
  readonly bytes: number;
  /** Whether the visitor opened its files, or trained it in this page. */
  readonly origin: LocalOrigin;
}
export type LocalOrigin = 'opened' | 'trained';

/** The models of a job. */
export interface ModelStore {
  /** The model, loaded unless it is already. It stays in memory until the job ends, and after that until others need its place. */
  load<Id extends ModelId>(id: Id): Promise<ModelOf<Id>>;
  /** Models for reading a text with the first blocks of an encoder that is being loaded; none where all of it comes at once. */
  firstBlocks?(id: ModelIdOf<'encoder'>, text: string): AsyncIterable<FirstBlocksModel>;
  /** Where its files are, for a job that loads it in another way. */
  locate(id: ModelId): ModelSource;
  /** Loads a model of any kind from files that no site has, in place of the one before. */
  open(files: LocalFiles, origin: LocalOrigin): Promise<LocalModel>;
}

/** What a job has besides its models and parameters. */
export interface JobContext<Progress = never> {
  /** Aborted when the page no longer needs the result. To be passed on to core's calls. */
  readonly signal: AbortSignal;
  /** Sends an intermediate result to the page. */
  progress(value: Progress): void;
  /**
   * To be awaited between the steps of a long job: messages can arrive, and a background job waits while another has priority. Rejects with the
   * signal's reason if the job was aborted.
   */
  breathe(): Promise<void>;
}

/** `now`: somebody waits for the result. `background`: the job pauses at {@link JobContext.breathe} while one with priority runs. */
export type Priority = 'now' | 'background';

/** How far a model is: fetched bytes, then the making of its tensors, then ready; `evicted` when its memory was given to others. */
export type ModelEvent =
  | { readonly phase: 'loading'; readonly loaded: number; readonly total: number; readonly cached: boolean }
  | { readonly phase: 'starting' }
  | { readonly phase: 'ready'; readonly backend: string }
  | { readonly phase: 'evicted' };
