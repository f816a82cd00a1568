// Runs a task and prints its result as JSON. The process must exit by itself.
import { tasks } from './tasks.js';

const [input] = globalThis.Deno?.args ?? process.argv.slice(2);
const { task, ...rest } = JSON.parse(input);
console.log(JSON.stringify(await tasks[task](rest)));
