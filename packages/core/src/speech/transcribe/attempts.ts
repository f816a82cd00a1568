import { ConfigError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import { Random } from '../../platform/random.ts';
import type { TranscribeOptions } from '../options.ts';
import type { BeamSettings } from './beam-search.ts';
import { compressionRatio } from './compression.ts';
import type { DecodedWindow } from './decode-window.ts';

/** How the tokens of windows are searched for. */
export interface SearchSettings {
  /** To try one after another. */
  readonly temperatures: readonly number[];
  /** At temperature 0: undefined for the likeliest token each time. */
  readonly beams: BeamSettings | undefined;
  readonly random: Random;
}

/** A window that was decoded at a temperature. */
export type Attempt = DecodedWindow & {
  readonly text: string;
  /** How well the text compresses. */
  readonly ratio: number;
  readonly temperature: number;
};

/** Throws `ConfigError` for invalid options. `temperatures` are those to try by default. */
export function readSearchSettings(
  task: string,
  options: TranscribeOptions,
  temperatures: readonly number[],
): SearchSettings {
  const { temperature = temperatures, seed = 0 } = options;
  const list = typeof temperature === 'number' ? [temperature] : temperature;
  const isValid = Array.isArray(list) && list.length > 0;
  if (!isValid || !list.every((value) => Number.isFinite(value) && value >= 0)) {
    throw new ConfigError(
      `${task}: temperature must be a finite number of at least 0, or a list of them, got ${String(temperature)}`,
    );
  }
  const { beamSize = 1, patience = 1, lengthPenalty, batchSize = 1 } = options;
  if (beamSize * batchSize > LIMITS.sequences) {
    throw new ConfigError(
      `${task}: beamSize · batchSize must be at most ${LIMITS.sequences}, got ${beamSize * batchSize}`,
    );
  }
  return {
    temperatures: list,
    beams: beamSize > 1 ? { beamSize, patience, lengthPenalty } : undefined,
    random: new Random(seed),
  };
}

/**
 * Decodes a window at one temperature after another, until a result is neither improbable nor repeats itself; else the last result.
 *
 * @param textOf the text of a result's tokens
 */
export async function firstAccepted(
  temperatures: readonly number[],
  options: TranscribeOptions,
  decode: (temperature: number) => Promise<DecodedWindow>,
  textOf: (ids: readonly number[]) => string,
): Promise<Attempt> {
  const { compressionRatioThreshold = 2.4, logProbThreshold = -1, noSpeechThreshold = 0.6 } = options;
  let attempt: Attempt | undefined;
  for (const temperature of temperatures) {
    const decoded = await decode(temperature);
    const text = textOf(decoded.ids);
    attempt = { ...decoded, text, ratio: await compressionRatio(text.trim()), temperature };
    const isImprobable = attempt.averageLogProbability < logProbThreshold;
    if (isImprobable && (attempt.noSpeechProbability ?? 0) > noSpeechThreshold) break;
    if (!isImprobable && attempt.ratio <= compressionRatioThreshold) break;
  }
  return attempt!;
}
