import { describe, expect, test } from 'vitest';
import { entryExports } from './lib/entry-exports.ts';
import { tables } from './lib/markdown.ts';
import { pages } from './lib/pages.ts';

// Which page documents the options of which type. The page has every option, and its tables have no other.
const DOCUMENTED: Readonly<Record<string, readonly string[]>> = {
  'docs/loading.md': [
    'LoadEncoderOptions',
    'LoadModelOptions',
    'LoadGeneratorOptions',
    'Settings',
    'FileCacheOptions',
  ],
  'docs/generation.md': ['GenerateOptions', 'ChatOptions', 'TranslateOptions', 'PerplexityOptions'],
  'docs/speech.md': ['TranscribeOptions'],
  'docs/lora.md': ['LoraOptions'],
  'docs/training.md': [
    'TrainerOptions',
    'StartTrainingOptions',
    'BpeTrainingOptions',
    'WordPieceTrainingOptions',
    'UnigramTrainingOptions',
  ],
  'docs/service.md': ['ModelToServe', 'ServerOptions'],
  'docs/fleet.md': ['FleetOptions', 'WorkOptions'],
  'packages/worker/README.md': ['WorkerOptions'],
};

const exported = entryExports(['core', 'fleet', 'server', 'worker']);
const membersOf = (types: readonly string[]) => types.flatMap((type) => [...(exported.get(type) ?? [])]);

describe.each(Object.entries(DOCUMENTED))('%s', (path, types) => {
  const { text } = pages.find((page) => page.path === path)!;

  test.each(types)('names every option of %s', (type) => {
    const options = membersOf([type]);
    expect(options.length).toBeGreaterThan(1);
    const words = new Set(text.match(/[\w$]+/g));
    expect(options.filter((option) => !words.has(option))).toEqual([]);
  });

  test('has no option in its tables that does not exist', () => {
    const known = new Set([...exported.values()].flatMap((members) => [...members]));
    const rows = tables(text)
      .filter(([header]) => /^option( of .*)?$/.test(header?.[0] ?? ''))
      .flatMap(([, ...rows]) => rows);
    const named = rows.flatMap(([cell = '']) => [...cell.matchAll(/`(\w+)`/g)].map(([, name]) => name!));
    expect(named.filter((name) => !known.has(name))).toEqual([]);
  });
});
