import { loadCausalLM, loadEncoder } from '@headwise/core';
import * as worker from '@headwise/worker';
import { embed, generate } from './loaders.js';

/** The tasks of an app by name, on its own thread and over workers. */
export const tasks = {
  embed: (input) => embed(loadEncoder, input),
  generate: (input) => generate(loadCausalLM, input),
  embedOverWorkers: (input) => embed(worker.loadEncoder, input, { workers: 2 }),
  generateOverWorkers: (input) => generate(worker.loadCausalLM, input, { workers: 2 }),
};
