import { workerUrl } from '@headwise/worker/inline';
import { tasks } from '../../../tasks.js';

export async function POST(request, { params }) {
  const { task } = await params;
  try {
    const { embedsWorker, ...input } = await request.json();
    const embedded = embedsWorker && task.endsWith('Workers') ? { options: { workerUrl } } : {};
    return Response.json({ result: await tasks[task]({ ...input, ...embedded }) });
  } catch (error) {
    return Response.json({ error: error.stack }, { status: 500 });
  }
}
