import { HeadwiseError } from '@headwise/core';
import type { ModelFiles } from './run.ts';

let kept: ModelFiles | undefined;

/** Keeps the files of a trained model: the model `trained` of the registry. */
export function keepTrained(files: ModelFiles): void {
  kept = files;
}

/** The files of the model `trained`. Throws `HeadwiseError` if there is none. */
export function trainedFiles(): ModelFiles {
  if (kept) return kept;
  throw new HeadwiseError(
    'ERR_CONFIG',
    'train: no model was trained since the page was loaded; train one in the room Train, and open it from there',
  );
}
