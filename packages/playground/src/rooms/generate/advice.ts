import type { PromptReading } from '../../engine/jobs/generate-read.ts';
import { modelEntry } from '../../engine/registry.ts';
import { foreignScript } from '../../lib/tokens.ts';
import type { WRITERS } from './state.ts';

type WriterId = (typeof WRITERS)[number];

/** Why a model cannot continue a text. */
export type Obstacle =
  | { readonly kind: 'language' }
  | { readonly kind: 'unknown'; readonly parts: readonly string[] }
  | { readonly kind: 'length'; readonly tokens: number; readonly limit: number };

/** What keeps a model from a text of the reader's; undefined if nothing does. `reading` may be missing or of another text. */
export function obstacleOf(
  model: WriterId,
  text: string,
  reading: PromptReading | undefined,
): Obstacle | undefined {
  if (!readsScript(model, text)) return { kind: 'language' };
  if (reading?.text !== text) return undefined;
  if (reading.unknown.length > 0) return { kind: 'unknown', parts: reading.unknown };
  // One token at least is to be written.
  const { tokens, contextLength: limit } = reading;
  return tokens.length >= limit ? { kind: 'length', tokens: tokens.length, limit } : undefined;
}

/** Whether a model was trained on the script of a text. */
export function readsScript(model: WriterId, text: string): boolean {
  const script = foreignScript(text);
  const languages: readonly string[] = modelEntry(model).languages;
  return script === undefined || (script === 'hangul' && languages.includes('ko'));
}

/** For Korean the one model that was trained on it, for English both, for other scripts none. */
export function suitable(text: string): 'both' | 'gpt-mini' | 'none' {
  if (readsScript('stories15m', text)) return 'both';
  return readsScript('gpt-mini', text) ? 'gpt-mini' : 'none';
}
