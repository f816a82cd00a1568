import type { OutputRequest } from '../../engine/encoder-engine.ts';
import { ConfigError } from '../../errors.ts';
import { checkOption, describeValue, requireOptions } from '../../options.ts';
import type { RunSequence } from './batching.ts';
import { requirePoolingModes } from './embed-plan.ts';

const isIds = (value: unknown): value is Int32Array => value instanceof Int32Array;

/** Throws `ConfigError` for sequences and outputs of `EncoderModel.run` that are not of their types. */
export function checkRun(sequences: readonly RunSequence[], output: OutputRequest): void {
  checkOption('run', 'the sequences', sequences, 'list');
  for (const [i, sequence] of sequences.entries()) {
    const { ids, typeIds, rows } = (sequence ?? {}) as Partial<RunSequence>;
    if (
      !isIds(ids) ||
      !isIds(typeIds) ||
      ids.length !== typeIds.length ||
      !(rows === undefined || isIds(rows))
    )
      throw new ConfigError(
        `run: sequence ${i} must have ids and typeIds, Int32Arrays of one length, and may have rows, an Int32Array; got ${describeValue(sequence)}`,
      );
    if (rows?.some((row) => !(row >= 0 && row < ids.length)))
      throw new ConfigError(`run: the rows of sequence ${i} must be from 0 to ${ids.length - 1}`);
  }
  requireOptions('run', output, {
    kind: 'string',
    mode: true,
    normalize: 'boolean',
    skip: 'whole',
    rows: true,
  });
  checkOption('run', 'kind', output.kind, 'string');
  if (output.kind === 'embedding') requirePoolingModes('run', 'mode', output.mode);
}
