import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { readWav, type SpeechModel } from '@headwise/core/speech';

/** A sentence with the times of its words as espeak-ng speaks it: see words.py. */
interface TimedClip {
  readonly voice: string;
  readonly speed: number;
  readonly text: string;
  readonly samples: number;
  readonly words: readonly (readonly [text: string, start: number, end: number])[];
}

const TOLERANCE = 0.08;
/** So many words must begin within the tolerance, and end within it. */
const LEAST = 0.8;

/** Errors in seconds. */
interface Errors {
  readonly starts: number[];
  readonly ends: number[];
}

/**
 * Compares times of words with the known ones, by OpenAI's rule alone and as Headwise refines it. The sentence is given as prompt, so that the words are
 * those that are known. Prints a table; false if fewer words than wanted are near.
 */
export async function checkWords(model: SpeechModel): Promise<boolean> {
  const clips = JSON.parse(
    await readFile(new URL('words.json', import.meta.url), 'utf8'),
  ) as readonly TimedClip[];
  const all = new Map<string, Record<'listed' | 'refined', Errors>>();
  console.log(
    `words within ${1000 * TOLERANCE} ms at their start, end: OpenAI's rule -> refined; of the known words`,
  );
  for (const clip of clips) {
    const language = clip.voice.slice(0, 2);
    const sound = await speak(clip);
    const row: string[] = [];
    const total = all.get(language) ?? { listed: none(), refined: none() };
    all.set(language, total);
    for (const alignment of ['listed', 'refined'] as const) {
      const { segments } = await model.transcribe(sound, {
        language,
        timestamps: 'word',
        temperature: 0,
        alignment,
        prompt: clip.text,
      });
      const words = segments.flatMap((segment) => segment.words!);
      const pairs = matched(
        clip.words.map(([text]) => plain(text)),
        words.map(({ text }) => plain(text)),
      );
      const errors = none();
      for (const [known, own] of pairs) {
        errors.starts.push(words[own]!.start - clip.words[known]![1]);
        errors.ends.push(words[own]!.end - clip.words[known]![2]);
      }
      total[alignment].starts.push(...errors.starts);
      total[alignment].ends.push(...errors.ends);
      row.push(`${near(errors.starts)}, ${near(errors.ends)}`.padStart(7), `of ${pairs.length}`);
    }
    console.log(
      `  ${row[0]} -> ${row[2]} ${row[3]!.padEnd(5)} of ${String(clip.words.length).padEnd(2)} ${language} ${clip.text}`,
    );
  }
  let isFine = true;
  for (const [language, { listed, refined }] of all) {
    const count = refined.starts.length;
    const [starts, ends] = [near(refined.starts) / count, near(refined.ends) / count];
    if (!(starts >= LEAST && ends >= LEAST)) isFine = false;
    console.log(`${language}: ${count} words; ${shares(listed)} -> ${shares(refined)}`);
  }
  return isFine;
}

const none = (): Errors => ({ starts: [], ends: [] });
// Times are multiples of 10 ms.
const isNear = (error: number) => Math.abs(error) <= TOLERANCE + 1e-6;
const near = (errors: readonly number[]) => errors.filter(isNear).length;

function shares({ starts, ends }: Errors): string {
  const percent = (count: number) => `${((100 * count) / starts.length).toFixed(1)} %`;
  const both = starts.filter((error, i) => isNear(error) && isNear(ends[i]!)).length;
  return `starts ${percent(near(starts))}, ends ${percent(near(ends))}, both ${percent(both)}`;
}

async function speak({ voice, speed, text, samples }: TimedClip): Promise<Uint8Array> {
  const { stdout } = await promisify(execFile)(
    'espeak-ng',
    ['-v', voice, '-s', String(speed), '--stdout', text],
    {
      encoding: 'buffer',
      maxBuffer: 1 << 24,
    },
  );
  const file = new Uint8Array(stdout);
  const { length } = readWav(file).samples;
  // Another version of espeak-ng speaks otherwise: python3 words.py writes the times anew.
  if (length !== samples) throw new Error(`espeak-ng spoke ${length} samples instead of ${samples}: ${text}`);
  return file;
}

const plain = (word: string) => word.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');

/** The longest common subsequence, as pairs of indices. */
function matched(a: readonly string[], b: readonly string[]): [number, number][] {
  const length = Array.from({ length: a.length + 1 }, () => new Array<number>(b.length + 1).fill(0));
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      length[i]![j] =
        a[i] === b[j] ? length[i + 1]![j + 1]! + 1 : Math.max(length[i + 1]![j]!, length[i]![j + 1]!);
    }
  }
  const pairs: [number, number][] = [];
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    if (a[i] === b[j]) pairs.push([i++, j++]);
    else if (length[i + 1]![j]! >= length[i]![j + 1]!) i++;
    else j++;
  }
  return pairs;
}
