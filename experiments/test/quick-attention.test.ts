import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { heads } from '../src/experiments/heads/index.ts';
import { positions } from '../src/experiments/positions/index.ts';
import { teacherForcing } from '../src/experiments/teacher-forcing/index.ts';
import type { Experiment } from '../src/lab/experiment.ts';
import { Lab } from '../src/lab/lab.ts';

const runs = mkdtempSync(join(tmpdir(), 'experiments-'));
afterAll(() => rmSync(runs, { recursive: true }));

// biome-ignore lint/suspicious/noExplicitAny: each has a result type of its own
const experiments: readonly Experiment<any>[] = [teacherForcing, heads, positions];

it.each(experiments.map((experiment) => [experiment.name, experiment] as const))(
  '%s runs with quick sizes, and its tables and figures show the result in both languages',
  async (name, experiment) => {
    const result = await experiment.run(new Lab(name, { seed: 0, quick: true, runs }));
    const [english, korean] = (['en', 'ko'] as const).map((language) => ({
      rows: experiment.tables(result, language).match(/^\|/gm)?.length,
      figures: experiment.figures!(result, language),
    }));
    expect(english!.rows).toBeGreaterThan(4);
    expect(korean!.rows).toBe(english!.rows);
    expect(Object.keys(korean!.figures)).toEqual(Object.keys(english!.figures));
    for (const svg of Object.values(english!.figures)) expect(svg).toContain('<svg');
  },
);
