/** A text with the time at which it is said, in seconds. */
export interface Cue {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** Longest line of a subtitle, in characters, and its longest time in seconds. */
const MAX_LINE = 42;
const MAX_SECONDS = 5;

/** Joins words to lines that end with sentences, and before they are too long. */
export function linesOf(words: readonly Cue[]): Cue[] {
  const lines: Cue[] = [];
  let line: Cue | undefined;
  for (const word of words) {
    const isFull =
      line !== undefined &&
      (line.text.length + word.text.length > MAX_LINE || word.end - line.start > MAX_SECONDS);
    if (line && (isFull || /[.!?。！？]$/.test(line.text))) {
      lines.push(line);
      line = undefined;
    }
    line = line ? { ...line, text: line.text + word.text, end: word.end } : word;
  }
  if (line) lines.push(line);
  return lines.map(({ text, start, end }) => ({ text: text.trim(), start, end }));
}

/** A SubRip file. */
export function srt(cues: readonly Cue[]): string {
  return cues
    .map(({ text, start, end }, i) => `${i + 1}\n${clock(start, ',')} --> ${clock(end, ',')}\n${text}\n`)
    .join('\n');
}

/** A WebVTT file (https://www.w3.org/TR/webvtt1/). */
export function vtt(cues: readonly Cue[]): string {
  const escaped = (text: string): string =>
    text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return [
    'WEBVTT\n',
    ...cues.map(({ text, start, end }) => `${clock(start, '.')} --> ${clock(end, '.')}\n${escaped(text)}\n`),
  ].join('\n');
}

/** `00:00:02,500`. */
function clock(seconds: number, mark: string): string {
  const whole = Math.round(1000 * seconds);
  const two = (value: number): string => String(Math.floor(value)).padStart(2, '0');
  const milliseconds = String(whole % 1000).padStart(3, '0');
  return `${two(whole / 3_600_000)}:${two((whole / 60_000) % 60)}:${two((whole / 1000) % 60)}${mark}${milliseconds}`;
}
