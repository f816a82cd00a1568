// A program that a bundler makes one file, without top-level await, which CommonJS does not have.
import { workerUrl } from '@headwise/worker/inline';
import { tasks } from './tasks.js';

const { task, ...input } = JSON.parse(process.argv.at(-1));
tasks[task](task.endsWith('Workers') ? { ...input, options: { workerUrl } } : input).then((result) =>
  console.log(JSON.stringify(result)),
);
