import { json } from '@sveltejs/kit';
import { tasks } from '../../../../tasks.js';

export async function POST({ request, params }) {
  try {
    return json({ result: await tasks[params.task](await request.json()) });
  } catch (error) {
    return json({ error: error.stack }, { status: 500 });
  }
}
