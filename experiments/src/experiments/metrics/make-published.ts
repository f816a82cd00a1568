/**
 * Makes published.json from a clone of https://github.com/Ycopp9/kor_sacrebleu (Apache-2.0):
 *
 *     node make-published.ts FOLDER
 *
 * The repository has scores of four systems' translations of English news into Korean: by human judges (adequacy and fluency from 0 to 100) and by
 * metrics, after several tokenizers. Of the texts it has two articles; one of them, of 14 sentences, is taken over.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { spearman } from '@headwise/core/metrics';
import { isEqual, type Published, scoresAsPublished } from './published.ts';

const folder = process.argv[2];
if (folder === undefined) throw new TypeError('usage: node make-published.ts FOLDER');
const read = (...path: string[]) => readFileSync(join(folder, ...path), 'utf8').trim();
const numbers = (...path: string[]) =>
  read(...path)
    .split('\n')
    .map(Number);

/** Rows of CSV with quoted fields. */
function csv(text: string): Record<string, string>[] {
  const rows = [...text.matchAll(/("(?:[^"]|"")*"|[^,\n]*)(,|\n|$)/g)].reduce<string[][]>(
    (all, [whole, field = '', end]) => {
      if (whole === '') return all;
      all.at(-1)!.push(field.startsWith('"') ? field.slice(1, -1).replaceAll('""', '"') : field);
      if (end === '\n') all.push([]);
      return all;
    },
    [[]],
  );
  const [head, ...rest] = rows;
  return rest.map((row) => Object.fromEntries(head!.map((key, i) => [key, row[i] ?? ''])));
}

const metrics = { bleu: 'sacreBleu', chrf: 'sacreChrf', ter: 'sacreTer' } as const;
const tokens = ['Word', 'Character', 'Subword', 'Mecab', 'Komoran', 'Kiwi'] as const;
const adequacy = numbers('data', 'humanDA', 'adequacy.txt');
const fluency = numbers('data', 'humanDA', 'fluency.txt');
const rated = adequacy.flatMap((value, i) => (value === 0 && fluency[i] === 0 ? [] : [i]));
const at = (values: readonly number[]) => rated.map((i) => values[i]!);
const scores = (metric: keyof typeof metrics, token: string) =>
  numbers('data', 'segment_level', 'raw', `${metrics[metric]}.${token}.txt`);

const word = { bleu: scores('bleu', 'Word'), chrf: scores('chrf', 'Word'), ter: scores('ter', 'Word') };
const corpus = Object.fromEntries(
  Object.entries(metrics).map(([metric, file]) => [metric, csv(read('data', 'corpus_level', `${file}.csv`))]),
) as Record<keyof typeof metrics, Record<string, string>[]>;
const corpusRow = (metric: keyof typeof metrics, name: string, system: string) =>
  Number(corpus[metric].find((row) => row['Unnamed: 0'] === name)![system]);

const published: Published = {
  source: 'https://github.com/Ycopp9/kor_sacrebleu',
  commit: execFileSync('git', ['-C', folder, 'rev-parse', 'HEAD'], { encoding: 'utf8' }).trim(),
  licence: 'Apache-2.0',
  systems: ['Sys_A', 'Sys_B', 'Sys_P', 'Sys_Q'].map((system) => ({
    system: system.slice(-1),
    human: corpusRow('bleu', 'Human', system),
    ...(Object.fromEntries(
      (Object.keys(metrics) as (keyof typeof metrics)[]).map((metric) => [
        metric,
        { word: corpusRow(metric, 'None', system), character: corpusRow(metric, 'Character', system) },
      ]),
    ) as Pick<Published['systems'][number], 'bleu' | 'chrf' | 'ter'>),
  })),
  segments: {
    count: adequacy.length,
    rated: rated.length,
    correlations: tokens.map((token) => ({
      tokens: token,
      ...(Object.fromEntries(
        (Object.keys(metrics) as (keyof typeof metrics)[]).map((metric) => [
          metric,
          {
            adequacy: spearman(at(scores(metric, token)), at(adequacy)),
            fluency: spearman(at(scores(metric, token)), at(fluency)),
          },
        ]),
      ) as Pick<Published['segments']['correlations'][number], 'bleu' | 'chrf' | 'ter'>),
    })),
  },
  lines: csv(read('tool', 'table_merged.csv')).map((row) => {
    const line = {
      sentence: Number(row.SentID),
      system: row.Sys!.slice(-1),
      reference: row.Ref!.trim(),
      output: row.Hyp!.trim(),
      adequacy: Number(row.Adequacy),
      fluency: Number(row.Fluency),
    };
    // The rows of the published scores have no names.
    const own = scoresAsPublished(line.output, line.reference);
    const found = adequacy.findIndex(
      (value, i) =>
        value === line.adequacy &&
        fluency[i] === line.fluency &&
        isEqual(word.bleu[i]!, own.bleu) &&
        isEqual(word.ter[i]!, own.ter),
    );
    const scores = { bleu: word.bleu[found]!, chrf: word.chrf[found]!, ter: word.ter[found]! };
    return { ...line, published: found < 0 ? null : scores };
  }),
};
writeFileSync(new URL('published.json', import.meta.url), `${JSON.stringify(published, null, 1)}\n`);
