import { tasks } from '../../tasks.js';

export default defineEventHandler(async (event) => {
  try {
    return { result: await tasks[getRouterParam(event, 'task')](await readBody(event)) };
  } catch (error) {
    return { error: error.stack };
  }
});
