// Runs a task in a test of Vitest. Nothing is configured. The result is written to a file.
import { writeFileSync } from 'node:fs';
import { test } from 'vitest';
import { tasks } from './tasks.js';

const { task, ...input } = JSON.parse(process.env.INPUT);

test(task, async () => {
  writeFileSync('result.json', JSON.stringify(await tasks[task](input)));
}, 300_000);
