import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { loadModel } from '@headwise/core';
import { cardProblems, exampleOf } from '../../scripts/card.mjs';
import { modelFiles } from '../../scripts/models.mjs';

// Inside this package, so that imports resolve to the workspace's packages; ignored by git.
const examples = fileURLToPath(new URL('../../dist/examples/', import.meta.url));

const REQUIRED = ['README.md', 'config.json', 'model.safetensors', 'tokenizer.json'];

/** What is wrong with a model's directory: files, card, loading, and the output of the card's example. Empty if nothing is. */
export async function modelProblems(directory: string): Promise<string[]> {
  const files = modelFiles(directory);
  const missing = REQUIRED.filter((file) => !files.includes(file));
  if (missing.length > 0) return missing.map((file) => `there is no ${file}`);
  const card = readFileSync(join(directory, 'README.md'), 'utf8');
  return [
    ...cardProblems(card),
    ...(await loadingProblems(directory)),
    ...(await exampleProblems(directory, card)),
  ];
}

async function loadingProblems(directory: string): Promise<string[]> {
  try {
    const model = await loadModel(directory);
    await model.dispose();
    return [];
  } catch (error) {
    return [`loadModel: ${(error as Error).message}`];
  }
}

async function exampleProblems(directory: string, card: string): Promise<string[]> {
  const example = exampleOf(card);
  if (!example) return [];
  mkdirSync(examples, { recursive: true });
  const file = join(examples, `${basename(directory)}.ts`);
  writeFileSync(file, example.code);
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [file], { cwd: examples });
    const printed = stdout.trim();
    const expected = example.output.join('\n');
    return printed === expected
      ? []
      : [`the example prints ${JSON.stringify(printed)}, not ${JSON.stringify(expected)}`];
  } catch (error) {
    return [`the example fails: ${(error as Error).message}`];
  }
}
