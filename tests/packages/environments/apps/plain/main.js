// Nothing is configured.
import { tasks } from './tasks.js';

window.run = (task, input) => tasks[task](input);
