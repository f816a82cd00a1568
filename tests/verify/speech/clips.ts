import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** A sound with its language. */
export interface Clip {
  readonly name: string;
  readonly language: string;
  readonly file: Uint8Array;
}

/** What is said, with the voice that says it. */
export type Sentence = readonly [voice: string, text: string];

export const SENTENCES: readonly Sentence[] = [
  ['en-us', 'The quick brown fox jumps over the lazy dog.'],
  ['en-us', 'Yesterday we walked along the river and talked about music.'],
  ['en-us', 'Please open the window, it is very warm in this room.'],
  ['en-gb', 'Can you tell me how to get to the railway station?'],
  ['en-gb', 'She bought three red apples and a loaf of bread at the market.'],
  ['en-us', 'The weather will be cloudy with some rain in the evening.'],
  ['ko', '안녕하세요. 만나서 반갑습니다.'],
  ['ko', '오늘은 날씨가 매우 좋습니다.'],
  ['ko', '저는 한국어를 공부하고 있습니다.'],
  ['ko', '내일 아침에 친구를 만날 거예요.'],
];

/** Sentences as espeak-ng speaks them. Rejects if it is not installed. */
export async function spokenClips(sentences = SENTENCES): Promise<Clip[]> {
  const clips: Clip[] = [];
  for (const [voice, text] of sentences) {
    const options = { encoding: 'buffer', maxBuffer: 1 << 24 } as const;
    const { stdout } = await promisify(execFile)(
      'espeak-ng',
      ['-v', voice, '-s', '140', '--stdout', text],
      options,
    );
    clips.push({ name: text, language: voice.slice(0, 2), file: new Uint8Array(stdout) });
  }
  return clips;
}
