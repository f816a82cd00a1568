import { extendBackend } from '../backend/create.ts';
import { G2pModel } from '../models/recurrent/g2p.ts';
import { checkOptions } from '../options.ts';
import {
  type ModelSource,
  repositoryFiles,
  SOURCE_OPTIONS,
  type SourceOptions,
} from '../weights/sources/resolve.ts';
import { type ComputeOptions, loadWeights } from './load-weights.ts';

/** Options of {@link loadG2p}. */
export interface LoadG2pOptions extends SourceOptions, Pick<ComputeOptions, 'backend'> {
  /** Name of the file with weights and symbols. Default: `g2p_model.json`. */
  weightsFile?: string;
}

/**
 * Loads g2p_en (Park & Kim 2019), a GRU encoder–decoder from English spelling to phonemes, from a directory, a URL, a hub or files in
 * memory.
 *
 * ```ts
 * const g2p = await loadG2p('./node_modules/tiny-tts');
 * g2p.phonemes('kimchi'); // ['K', 'IH1', 'M', 'CH', 'IY0']
 * ```
 *
 * Rejects with `LoadError` for a missing file, `FormatError` or `ShapeError` for a file with other contents, and with the signal's reason
 * when it is aborted.
 */
export async function loadG2p(source: ModelSource, options: LoadG2pOptions = {}): Promise<G2pModel> {
  checkOptions('loadG2p', options, SOURCE_OPTIONS, { backend: true, weightsFile: 'string' });
  const { weightsFile = 'g2p_model.json' } = options;
  const { network } = await loadWeights(
    'loadG2p',
    options,
    async () => {
      const files = repositoryFiles(source, options);
      files.expect([weightsFile]);
      return { json: await files.json(weightsFile), finish: () => files.finish() };
    },
    async ({ json }, backend) => {
      await extendBackend(backend);
      return G2pModel.load(json, backend);
    },
  );
  return network;
}
