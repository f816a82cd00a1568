import type { TranscriptWord } from '@headwise/core/speech';

/** A line of subtitles, with its times in seconds. */
interface SubtitleLine {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  readonly words: readonly TranscriptWord[];
}

/** Longest line of a subtitle, in characters, and its longest time in seconds. */
const MAX_LINE = 42;
const MAX_SECONDS = 5;

/** Joins words to lines that end with sentences, and before they are too long. */
export function linesOf(words: readonly TranscriptWord[]): SubtitleLine[] {
  const lines: SubtitleLine[] = [];
  for (const word of words) {
    const { text, start, end } = word;
    const line = lines.at(-1);
    const isOver =
      !line ||
      /[.!?。！？]$/.test(line.text) ||
      line.text.length + text.length > MAX_LINE ||
      end - line.start > MAX_SECONDS;
    if (isOver) lines.push({ text, start, end, words: [word] });
    else lines[lines.length - 1] = { ...line, text: line.text + text, end, words: [...line.words, word] };
  }
  return lines;
}
