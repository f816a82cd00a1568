import { workerUrl } from '@headwise/worker/inline';
import { tasks } from './tasks.js';

addEventListener('message', ({ data: { task, input }, ports: [port] }) => {
  // With the default of the option `cache`, as in an app.
  const options = { ...input.options, cache: undefined, ...(task.endsWith('Workers') && { workerUrl }) };
  tasks[task]({ ...input, options }).then(
    (result) => port.postMessage({ result }),
    (error) => port.postMessage({ error: String(error.stack) }),
  );
});
