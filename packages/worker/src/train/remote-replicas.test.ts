import { once } from 'node:events';
import { expect, test } from 'vitest';
import { RemoteReplicas } from './remote-replicas.ts';

test.each(['close', 'replace'] as const)(
  'RemoteReplicas.%s closes the port of a replica that does not answer',
  { timeout: 5000 },
  async (call) => {
    const [{ port1, port2 }, next] = [new MessageChannel(), new MessageChannel()];
    const closed = once(port2, 'close');
    port2.start();
    const replicas = new RemoteReplicas([port1]);
    const task = { values: new Float32Array(1) } as never;
    const computing = replicas.computeGradients([task, task], new Float32Array(1), () => ({}) as never);
    computing.catch(() => {});
    if (call === 'close') replicas.close();
    else replicas.replace(0, next.port1);
    await closed;
    if (call === 'close') await expect(computing).rejects.toMatchObject({ reason: 'died' });
    else replicas.close();
    next.port2.close();
  },
);
