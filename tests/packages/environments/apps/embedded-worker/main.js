// For bundlers that do not write files of their own for workers.
import { workerUrl } from '@headwise/worker/inline';
import { tasks } from './tasks.js';

window.run = (task, input) =>
  tasks[task](task.endsWith('Workers') ? { ...input, options: { workerUrl } } : input);
