import { ConfigError } from '../errors.ts';
import type { TranscriptSegment, TranscriptWord } from './result.ts';

/**
 * A transcript as SubRip subtitles (`.srt`), one for each segment.
 *
 * ```ts
 * await writeFile('talk.srt', toSrt(await model.transcribe(sound)));
 * ```
 */
export function toSrt(transcript: {
  readonly segments: ReadonlyArray<Pick<TranscriptSegment, 'text' | 'start' | 'end' | 'words'>>;
}): string {
  return segmentsOf('toSrt', transcript)
    .map((segment, i) => `${i + 1}\n${times(segment, ',')}\n${line(segment.text).replaceAll('-->', '->')}\n`)
    .join('\n');
}

/**
 * A transcript as WebVTT (`.vtt`, https://www.w3.org/TR/webvtt1/), one cue for each segment. Words with times have timestamps in front of them, so that
 * players can show which have been said.
 */
export function toVtt(transcript: {
  readonly segments: ReadonlyArray<Pick<TranscriptSegment, 'text' | 'start' | 'end' | 'words'>>;
}): string {
  const segments = segmentsOf('toVtt', transcript);
  return ['WEBVTT\n', ...segments.map((segment) => `${times(segment, '.')}\n${cueText(segment)}\n`)].join(
    '\n',
  );
}

/** The segments. Throws `ConfigError` for what is no transcript. */
function segmentsOf<Segment extends Pick<TranscriptSegment, 'text' | 'start' | 'end'>>(
  task: string,
  transcript: { readonly segments: readonly Segment[] },
): readonly Segment[] {
  const isPart = (part: Partial<TranscriptWord> | null | undefined) =>
    typeof part?.text === 'string' && Number.isFinite(part.start) && Number.isFinite(part.end);
  const isSegment = (one: Partial<TranscriptSegment> | null | undefined) =>
    isPart(one) && (one?.words === undefined || (Array.isArray(one.words) && one.words.every(isPart)));
  const segments = transcript?.segments;
  if (Array.isArray(segments) && segments.every(isSegment)) return segments;
  throw new ConfigError(`${task}: needs a transcript, segments with a text, start and end in seconds`);
}

function cueText({ text, words, start }: Pick<TranscriptSegment, 'text' | 'start' | 'words'>): string {
  if (!words) return escaped(line(text));
  let last = milliseconds(start);
  const parts = words.map((word, i) => {
    const time = milliseconds(word.start);
    // Timestamps within a cue increase, and are after its beginning.
    const isLater = time > last;
    if (isLater) last = time;
    const written = escaped(i === 0 ? word.text.trimStart() : word.text);
    return isLater ? written.replace(/^\s*/, (space) => `${space}<${timestamp(time, '.')}>`) : written;
  });
  return line(parts.join(''));
}

const line = (text: string) => text.trim().replace(/\s+/g, ' ');
const escaped = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
const milliseconds = (seconds: number) => Math.round(1000 * seconds);

function times({ start, end }: Pick<TranscriptSegment, 'start' | 'end'>, separator: ',' | '.'): string {
  return `${timestamp(milliseconds(start), separator)} --> ${timestamp(milliseconds(end), separator)}`;
}

/** Hours, minutes, seconds and milliseconds, such as 00:01:02.500. */
function timestamp(time: number, separator: ',' | '.'): string {
  const two = (value: number) => String(Math.floor(value)).padStart(2, '0');
  const [seconds, minutes, hours] = [(time / 1000) % 60, (time / 60_000) % 60, time / 3_600_000];
  return `${two(hours)}:${two(minutes)}:${two(seconds)}${separator}${String(time % 1000).padStart(3, '0')}`;
}
