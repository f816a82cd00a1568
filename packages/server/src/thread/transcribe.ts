import type { SpeechModel } from '@headwise/core/speech';
import type { TranscribeResult, TranscribeWork } from '../protocol.ts';

/** Writes down the sound of a request. */
export async function transcribe(
  model: SpeechModel,
  { kind, file, ...options }: TranscribeWork,
  signal: AbortSignal,
): Promise<TranscribeResult> {
  return { kind, transcript: await model.transcribe(file, { ...options, signal }) };
}
