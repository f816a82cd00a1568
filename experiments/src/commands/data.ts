import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { catalogue } from '../data/catalogue.ts';
import { problemsOf } from '../data/check.ts';
import type { Options } from '../options.ts';

/** Counts of a data set, as the JSON file has them. */
export interface DataRow {
  readonly name: string;
  readonly licence: string;
  readonly train: number;
  readonly validation: number;
  readonly test: number;
  /** Characters of a source and of what belongs to it: means over the training examples. */
  readonly sourceLength: number;
  readonly targetLength: number;
}

const EXAMPLES = 3;
const mean = (values: readonly number[]) =>
  Math.round((10 * values.reduce((sum, value) => sum + value, 0)) / values.length) / 10;

/** Loads every data set, checks it, prints counts and examples, and writes the counts to `options.json`. Returns whether all is right. */
export async function data({ seed, json }: Options): Promise<boolean> {
  const rows: DataRow[] = [];
  let right = true;
  for (const { name, licence, atLeast, load } of catalogue) {
    const { train, validation, test } = await load(seed);
    console.log(`\n${name} (${licence})`);
    for (let i = 0; i < EXAMPLES; i++) {
      const { key, rest } = train[Math.floor((i * train.length) / EXAMPLES)]!;
      console.log(`  ${shortened(key)}${rest === '' ? '' : `  →  ${shortened(rest)}`}`);
    }
    for (const problem of problemsOf({ train, validation, test }, atLeast)) {
      right = false;
      console.error(`data: ${name}: ${problem}`);
    }
    rows.push({
      name,
      licence,
      train: train.length,
      validation: validation.length,
      test: test.length,
      sourceLength: mean(train.map(({ key }) => key.length)),
      targetLength: mean(train.map(({ rest }) => rest.length)),
    });
  }
  console.log(`\n${table(rows)}`);
  if (json !== undefined) {
    mkdirSync(dirname(json), { recursive: true });
    writeFileSync(json, `${JSON.stringify(rows, null, 2)}\n`);
  }
  return right;
}

const shortened = (text: string) => (text.length > 100 ? `${text.slice(0, 100)}…` : text);

/** The counts as a table in Markdown. */
export const table = (rows: readonly DataRow[]): string =>
  [
    '| data | train | validation | test | licence |',
    '| --- | ---: | ---: | ---: | --- |',
    ...rows.map(
      ({ name, train, validation, test, licence }) =>
        `| ${name} | ${train} | ${validation} | ${test} | ${licence} |`,
    ),
  ].join('\n');
