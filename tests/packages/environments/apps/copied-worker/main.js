// The worker's script was copied beside the app.
import { tasks } from './tasks.js';

window.run = (task, input) =>
  tasks[task](task.endsWith('Workers') ? { ...input, options: { workerUrl: 'worker.js' } } : input);
