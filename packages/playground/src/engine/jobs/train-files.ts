import { transfer } from 'comlink';
import type { JobContext, ModelStore } from '../job.ts';
import { runOf } from '../train/runs.ts';

/** The files of a trained model. */
export interface TrainedFiles {
  /** Steps that it was trained. */
  readonly step: number;
  /** Contents by name: config.json, tokenizer.json, tokenizer_config.json, model.safetensors. */
  readonly files: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
}

/** The model of the last look, as files that core's loaders and Hugging Face's libraries read. */
export async function run(
  _store: ModelStore,
  { run: id }: { readonly run: number },
  _context: JobContext,
): Promise<TrainedFiles> {
  const { step, files } = await runOf(id).files();
  // Copies: the run keeps its own.
  const copies = new Map([...files].map(([name, bytes]) => [name, bytes.slice()]));
  return transfer(
    { step, files: copies },
    [...copies.values()].map(({ buffer }) => buffer),
  );
}
