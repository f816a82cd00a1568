// `node benchmarks/src/scaling/texts.ts`: time of one call with many texts, by the number of workers and by how they divide the work.
import { parseArgs } from 'node:util';
import { loadEncoder } from '@headwise/worker';
import { encoderWork, sentencesWork } from '../cases/make.ts';
import { encoderFiles } from '../engines/encoder-files.ts';
import { describeMachine } from '../node/machine.ts';
import { nodePlatform } from '../node/platform.ts';
import { markdownTable } from '../report/format.ts';

/** Parts of a sum are added in another order for another number of workers: ten times the tolerance of one operation. */
const TOLERANCE = 1e-4;

const { values } = parseArgs({
  options: {
    workers: { type: 'string', default: '1,2' },
    texts: { type: 'string', default: '1000' },
    rounds: { type: 'string', default: '3' },
  },
});
const counts = values.workers.split(',').map(Number);
const texts = sentencesWork().texts.slice(0, Number(values.texts));
const files = await encoderFiles(nodePlatform, encoderWork('MiniLM', 2, 'f32'));

const variants = (['heads', 'batch'] as const).flatMap((split) =>
  counts.map((workers) => ({ split, workers })),
);
const lanes = await Promise.all(
  variants.map(async (variant) => ({
    ...variant,
    model: await loadEncoder(files, variant),
    best: Number.POSITIVE_INFINITY,
  })),
);

let expected: readonly Float32Array[] | undefined;
// In turns, so that a change of the machine's speed affects all. The first round warms up.
for (let round = 0; round <= Number(values.rounds); round++) {
  for (const lane of lanes) {
    const start = performance.now();
    const embeddings = await lane.model.embed(texts);
    const ms = performance.now() - start;
    expected ??= embeddings;
    if (!close(embeddings, expected))
      throw new Error(`${lane.workers} workers (${lane.split}) have other embeddings`);
    if (round > 0) lane.best = Math.min(lane.best, ms);
  }
}
for (const { model } of lanes) await model.dispose();

const { cpu, cores, runtime } = describeMachine();
console.log(`MiniLM, ${texts.length} texts in one call; ${cpu}, ${cores} cores, ${runtime}\n`);
const rows = lanes.map(({ split, workers, best }) => [
  `\`${split}\``,
  String(workers),
  best.toFixed(0),
  ((1000 * texts.length) / best).toFixed(0),
  `${(lanes[0]!.best / best).toFixed(2)}×`,
]);
console.log(markdownTable(['split', 'workers', 'best ms', 'texts a second', 'speed-up'], rows, 5));

function close(actual: readonly Float32Array[], expected: readonly Float32Array[]): boolean {
  return actual.every((vector, i) => vector.every((x, j) => Math.abs(x - expected[i]![j]!) <= TOLERANCE));
}
