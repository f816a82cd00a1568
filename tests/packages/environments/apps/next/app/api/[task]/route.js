import { tasks } from '../../../tasks.js';

export async function POST(request, { params }) {
  const { task } = await params;
  try {
    return Response.json({ result: await tasks[task](await request.json()) });
  } catch (error) {
    return Response.json({ error: error.stack }, { status: 500 });
  }
}
