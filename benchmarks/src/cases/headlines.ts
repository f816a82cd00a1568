import type { Dtype, Row, Suite } from '../row.ts';

/** A line of the table in docs/performance.md. */
export interface Headline {
  readonly suite: Suite;
  readonly case: string;
  readonly dtype: Dtype;
  readonly threads: number;
  /** Whether it is also in the chart. */
  readonly charted?: true;
  /** Whether the READMEs show it. */
  readonly inReadme?: true;
}

const one = (suite: Suite, name: string, dtype: Dtype = 'f32'): Headline => ({
  suite,
  case: name,
  dtype,
  threads: 1,
});
const two = (suite: Suite, name: string, dtype: Dtype = 'f32'): Headline => ({
  suite,
  case: name,
  dtype,
  threads: 2,
});
const charted = (headline: Headline): Headline => ({ ...headline, charted: true });

/** The READMEs' rows: one that Headwise wins by about as much as most, one in 8 bits, a decoder, and one that it does not win. */
const README: readonly string[] = [
  'MiniLM, 128 tokens f32',
  'MiniLM, 128 tokens q8',
  'GPT-2 124M shape, each new token q8',
  'Qwen2-0.5B shape, each new token f32',
];

/** The prompt in f32, and new tokens in every type. */
const generation = (model: string): readonly Headline[] => [
  one('generate', `${model}, prompt of 256 tokens`),
  one('generate', `${model}, each new token`),
  one('generate', `${model}, each new token`, 'q8'),
  one('generate', `${model}, each new token`, 'q4'),
];

/** The rows of a report that docs/performance.md shows. Lines without a row of Headwise are left out. */
export const headlines: readonly Headline[] = [
  one('encoder', 'MiniLM, 16 tokens'),
  charted(one('encoder', 'MiniLM, 128 tokens')),
  one('encoder', 'MiniLM, 512 tokens'),
  charted(one('encoder', 'MiniLM, 128 tokens', 'q8')),
  charted(one('encoder', 'BERT-base shape, 128 tokens')),
  one('encoder', 'BERT-base shape, 512 tokens'),
  charted(two('encoder', 'BERT-base shape, 128 tokens')),
  ...generation('stories15M'),
  ...generation('GPT-2 124M shape').map(charted),
  two('generate', 'GPT-2 124M shape, prompt of 256 tokens'),
  two('generate', 'GPT-2 124M shape, each new token'),
  ...generation('Qwen2-0.5B shape'),
  one('speech', 'Whisper-tiny, encoder and prompt'),
  one('speech', 'Whisper-tiny, each new token'),
  one('speech', 'Whisper-tiny, each new token', 'q8'),
  one('speech', 'Whisper-tiny, transcription of 30 s'),
  two('speech', 'Whisper-tiny, transcription of 30 s'),
  one('ops', 'conv1d 3000x384, 384 kernels of 3, stride 2'),
  one('ops', 'matmul 64x64x64'),
  charted(one('ops', 'matmul 384x384x384')),
  one('ops', 'matmul 126x768x768'),
  one('ops', 'matmul 126x3072x768'),
  one('ops', 'matmul 126x768x3072'),
  charted(one('ops', 'softmax 4608x384')),
  one('attention', 'attention 12x64, 512 tokens'),
  charted(one('attention', 'attention 12x64, 4096 tokens')),
  one('decode', 'GPT-2 124M linear layers, 1 token'),
  one('decode', 'GPT-2 124M linear layers, 1 token', 'q8'),
  one('decode', 'GPT-2 124M linear layers, 1 token', 'q4'),
].map((headline) =>
  headline.threads === 1 && README.includes(`${headline.case} ${headline.dtype}`)
    ? { ...headline, inReadme: true }
    : headline,
);

/** Whether a row, or a case's row, is that of the headline. */
export function matchesHeadline(
  headline: Headline,
  row: Pick<Row, 'suite' | 'case' | 'dtype' | 'threads'>,
): boolean {
  return (
    row.suite === headline.suite &&
    row.case === headline.case &&
    row.dtype === headline.dtype &&
    row.threads === headline.threads
  );
}
