import type { Hooks } from '../hooks/hooks.ts';
import type { Recording } from '../tasks/trace.ts';

/** What every call of an inspected model may be told. */
export interface InspectCall {
  hooks?: Hooks;
  signal?: AbortSignal;
}

/** A model that keeps what happened while it read a text: `EncoderModel` and `CausalLM` are such. */
export interface RecordableModel {
  readonly config: { readonly numHiddenLayers: number; readonly hiddenSize: number };
  record(text: string, names: readonly string[], options?: InspectCall): Promise<Recording>;
}

/** A decoder as the tools of inspection see it: `CausalLM` is one. */
export interface InspectableDecoder extends RecordableModel {
  readonly config: RecordableModel['config'] & { readonly numAttentionHeads: number };
  /** `loss` is in nats for each token. */
  perplexity(text: string, options?: InspectCall): Promise<{ readonly loss: number }>;
}

/** Whether a model is a decoder as the tools of inspection see it. */
export function isDecoder(model: unknown): model is InspectableDecoder {
  return typeof (model as Partial<InspectableDecoder> | null | undefined)?.perplexity === 'function';
}
