// `npm run verify -- split`: how far what `split: 'auto'` foretells is from what is measured, and whether it ever chooses the
// slower way.
import { parseArgs } from 'node:util';
import { loadModel, type SplitChoice, type Transport } from '@headwise/worker';
import type { EncoderModelName } from '../cases/bert.ts';
import { encoderWork } from '../cases/make.ts';
import { textOf } from '../cases/text.ts';
import { encoderFiles } from '../engines/encoder-files.ts';
import { describeMachine } from '../node/machine.ts';
import { nodePlatform } from '../node/platform.ts';
import { markdownTable } from '../report/format.ts';
import { race } from '../run/race.ts';

const { values } = parseArgs({
  options: {
    model: { type: 'string', default: 'MiniLM' },
    workers: { type: 'string', default: '2' },
    transport: { type: 'string', default: 'shared' },
    budget: { type: 'string', default: '1200' },
  },
});
/** Tokens of the texts of each call: of one text, from the shortest to the longest; of several. */
const calls: readonly (readonly number[])[] = [
  ...[2, 3, 4, 6, 8, 12, 16, 32, 64, 128, 256, 512].map((tokens) => [tokens]),
  ...[[16, 16], [64, 8], [128, 4, 4], Array(8).fill(12), Array(40).fill(25), Array(100).fill(40)],
];

const workers = Number(values.workers);
const transport = values.transport as Transport;
const files = await encoderFiles(nodePlatform, encoderWork(values.model as EncoderModelName, 2, 'f32'));
let choice: SplitChoice | undefined;
const onSplit = (made: SplitChoice) => {
  choice = made;
};
const started = performance.now();
const auto = await loadModel(files, { workers, transport, split: 'auto', onSplit });
const loading = performance.now() - started;
const heads = await loadModel(files, { workers, transport, split: 'heads' });
const batch = await loadModel(files, { workers, transport, split: 'batch' });

const { cpu, cores, runtime } = describeMachine();
console.log(`${values.model}, ${workers} workers (${transport}); ${cpu}, ${cores} cores, ${runtime}`);
console.log(`loading with measuring took ${(loading / 1000).toFixed(1)} s\n`);

let slower = 0;
const lines: string[][] = [];
for (const lengths of calls) {
  const texts = lengths.map((tokens) => textOf(tokens).text);
  const contenders = Object.entries({ heads, batch, auto }).map(([name, model]) => ({
    name,
    run: () => model.embed(texts),
  }));
  // Few turns: a way is used many times in a row, as an app would, with threads where the system has put them.
  const options = { budgetMs: Number(values.budget), turns: 4, minRuns: 8, longestMs: 8000 };
  const raced = await race(contenders, { ...options, shortestBatchMs: 1, pauseMs: 0 });
  const median = (name: string) => {
    const { samples, error } = raced.get(name)!;
    if (error !== undefined) throw error;
    return samples.toSorted((a, b) => a - b)[samples.length >> 1]!;
  };
  const times = { heads: median('heads'), batch: median('batch'), auto: median('auto') };
  const { split, predicted } = choice!;
  const best = Math.min(times.heads, times.batch);
  const worse = Math.max(0, times.auto / best - 1);
  slower = Math.max(slower, times[split] / best - 1);
  const cells = (way: 'heads' | 'batch') => [
    times[way].toFixed(1),
    predicted[way].toFixed(1),
    `${(100 * (predicted[way] / times[way] - 1)).toFixed(0)} %`,
  ];
  const [first, ...others] = lengths;
  const name = others.length > 2 ? `${lengths.length} × ${first}` : lengths.join(' + ');
  const cost = `${(100 * worse).toFixed(0)} %`;
  lines.push([name, ...cells('heads'), ...cells('batch'), split, times.auto.toFixed(1), cost]);
}
const header = [
  'tokens',
  'heads ms',
  'foretold',
  'error',
  'batch ms',
  'foretold',
  'error',
  'chosen',
  'auto ms',
];
console.log(markdownTable([...header, 'slower by'], lines, 9));
console.log(
  `\nthe way that auto chose in the end is at most ${(100 * slower).toFixed(0)} % slower than the other`,
);
for (const model of [auto, heads, batch]) await model.dispose();
