import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, expect, test, vi } from 'vitest';
import { findRedis, RedisServer } from './index.ts';

const program = findRedis();

afterEach(() => vi.unstubAllEnvs());

/** Sends a command in Redis' inline form and resolves to the answer. */
async function ask(url: string, command: string): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.write(`${command}\r\n`);
  const [answer] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  return answer.toString().trim();
}

test.runIf(program)('a server has what it was given, after it was killed too', async () => {
  const server = await RedisServer.start(program!);
  try {
    expect(await ask(server.url, 'SET key value')).toBe('+OK');
    await server.kill();
    await expect(ask(server.url, 'PING')).rejects.toThrow('ECONNREFUSED');
    await server.restart();
    expect(await ask(server.url, 'GET key')).toBe('$5\r\nvalue');
  } finally {
    await server.close();
  }
});

test('a path that does not exist is an error', () => {
  vi.stubEnv('REDIS_SERVER_PATH', '/no/such/redis');
  expect(findRedis).toThrow('/no/such/redis');
});
