// Extensions allow no `blob:`: the worker's script was copied beside the page.
import { tasks } from './tasks.js';

window.run = (task, input) =>
  tasks[task](task.endsWith('Workers') ? { ...input, options: { workerUrl: 'worker.js' } } : input);
