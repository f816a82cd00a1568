import type { Backend } from '../backend/backend.ts';
import { type BackendChoice, createBackend } from '../backend/create.ts';
import { G2pModel } from '../models/recurrent/g2p.ts';
import { type ModelSource, resolveSource, type SourceOptions } from '../weights/sources/resolve.ts';

/** Options of {@link loadG2p}. */
export interface LoadG2pOptions extends SourceOptions {
  /** A backend that several models may share, or the name of one to create. Default: `auto`, the fastest available. */
  backend?: BackendChoice | Backend;
  /** Name of the file with weights and symbols. Default: `g2p_model.json`. */
  weightsFile?: string;
}

/**
 * Loads g2p_en (Park & Kim 2019), a GRU encoder–decoder from English spelling to phonemes, from a directory, a URL, a hub or files in
 * memory.
 *
 * ```ts
 * const g2p = await loadG2p('./node_modules/tiny-tts/dist');
 * g2p.phonemes('kimchi'); // ['K', 'IH1', 'M', 'CH', 'IY0']
 * ```
 *
 * Rejects with `LoadError` for a missing file, `FormatError` or `ShapeError` for a file with other contents, and with the signal's reason
 * when it is aborted.
 */
export async function loadG2p(source: ModelSource, options: LoadG2pOptions = {}): Promise<G2pModel> {
  const { backend: choice = 'auto', weightsFile = 'g2p_model.json', signal } = options;
  const files = resolveSource(source, options);
  files.expect([weightsFile]);
  const json = await files.json(weightsFile);
  const backend = typeof choice === 'string' ? await createBackend(choice) : choice;
  const model = await G2pModel.load(json, backend);
  if (signal?.aborted) model.dispose();
  signal?.throwIfAborted();
  files.finish();
  return model;
}
