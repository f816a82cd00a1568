import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { modelSource } from '@headwise/models';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { run } from '../src/index.ts';

const bin = fileURLToPath(new URL('../src/bin.ts', import.meta.url));
let embedder: string;
let writer: string;

beforeAll(async () => {
  [embedder, writer] = (await Promise.all(['ko-student', 'gpt-mini'].map((name) => modelSource(name)))).map(
    (source) => fileURLToPath(source as URL),
  ) as [string, string];
});

/** Starts the command as a process, and resolves when it listens. */
async function start(...args: string[]) {
  const child = spawn(process.execPath, [bin, 'serve', ...args, '--port', '0'], {
    env: { ...process.env, HEADWISE_API_KEY: 'secret' },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (text) => {
    stdout += text;
  });
  const url = await new Promise<string>((resolve, reject) => {
    child.stderr.on('data', (text) => {
      stderr += text;
      const [found] = /http:\S+/.exec(stderr) ?? [];
      if (found) resolve(found);
    });
    child.on('exit', () => reject(new Error(stderr)));
  });
  return { child, url, stdout: () => stdout, stderr: () => stderr };
}

/** Resolves when the request {@link long} is being computed. */
async function running(url: string): Promise<void> {
  const init = { headers: { authorization: 'Bearer secret' } };
  const text = async () => (await fetch(url.replace('/v1', '/metrics'), init)).text();
  while (!(await text()).includes('headwise_running{model="gpt-mini"} 1'));
}

function post(url: string, path: string, body: object): Promise<Response> {
  const headers = { 'content-type': 'application/json', authorization: 'Bearer secret' };
  return fetch(`${url}/${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
}

/** Takes some tenths of a second. */
const long = { model: 'gpt-mini', prompt: 'The ', n: 100, max_tokens: 100 };

describe('headwise serve', () => {
  it('serves models with keys, and at SIGTERM answers what was accepted and exits with 0', async () => {
    const { child, url, stdout } = await start(embedder, writer);
    expect((await fetch(`${url}/models`)).status).toBe(401);
    const answer = await post(url, 'embeddings', { model: 'ko-student', input: 'a' });
    expect(answer.status).toBe(200);
    const [accepted, exit] = [post(url, 'completions', long), once(child, 'exit')];
    await running(url);
    child.kill('SIGTERM');
    const { choices } = (await (await accepted).json()) as { choices: unknown[] };
    expect(choices).toHaveLength(100);
    expect(await exit).toEqual([0, null]);
    const lines = stdout().trimEnd().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { msg: string }).msg)).toContain('model loaded');
  });

  it('ends at once at a second signal', async () => {
    const { child, url, stderr } = await start(writer, '--no-log');
    const answer = post(url, 'completions', { ...long, n: 128, max_tokens: 120, logit_bias: { 1: -100 } });
    const [failed, exit] = [expect(answer).rejects.toThrow(), once(child, 'exit')];
    await running(url);
    child.kill('SIGINT');
    while (!stderr().includes('a second signal')) await new Promise((resolve) => setTimeout(resolve, 2));
    child.kill('SIGTERM');
    expect(await exit).toEqual([null, 'SIGTERM']);
    await failed;
  });

  it('writes one line with the code of what is wrong', async () => {
    for (const [args, code] of [
      [['./no-such-model'], 'ERR_LOAD'],
      [[writer, writer], 'ERR_CONFIG'],
    ] as const) {
      let error = '';
      const status = await run(['serve', ...args, '--no-log'], {
        out: () => {},
        error: (text) => {
          error += text;
        },
      });
      expect(status).toBe(1);
      expect(error).toMatch(new RegExp(`^headwise: ${code}: [^\\n]+\\n$`));
    }
  });
});
