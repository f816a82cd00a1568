import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { modelSource } from '@headwise/models';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../src/index.ts';

let folder: string;
let model: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headwise-cli-'));
  model = fileURLToPath((await modelSource('ko-student')) as URL);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function fleet(...args: string[]) {
  const written = { out: '', error: '' };
  const status = await run(['fleet', ...args], {
    out: (text) => {
      written.out += text;
    },
    error: (text) => {
      written.error += text;
    },
  });
  return { status, ...written };
}

describe('headwise fleet', () => {
  it('runs, says how far it is, and verifies what it has written', async () => {
    const [corpus, out] = [join(folder, 'corpus.jsonl'), join(folder, 'out')];
    await writeFile(corpus, '{"text": "I drank coffee."}\n{"text": "나는 커피를 마셨다."}\n');
    const ran = await fleet('run', corpus, '--model', model, '--out', out, '--shard-size', '1');
    expect(ran).toMatchObject({ status: 0, out: `2 texts, 2 shards, 192 features in ${out}\n` });
    expect(ran.error).toContain('headwise: 0 of 2 shards, 0 of 2 texts\n');
    expect(ran.error).toContain('headwise: 2 of 2 shards, 2 of 2 texts, ');
    expect((await fleet('status', out)).out).toBe('done: 2 of 2 shards, 2 of 2 texts\n');
    expect(JSON.parse((await fleet('status', out, '--json')).out)).toMatchObject({ rowsDone: 2 });
    expect(await fleet('verify', out, '--corpus', corpus)).toMatchObject({
      status: 0,
      out: '2 shards with 2 texts are as they were written\n',
    });
    await rm(join(out, 'embeddings-00001-of-00002.safetensors'));
    expect(await fleet('verify', out)).toEqual({
      status: 1,
      out: 'embeddings-00001-of-00002.safetensors is missing\n',
      error: `headwise: ERR_FLEET: fleet: 1 problems in ${out}\n`,
    });
  });

  it('writes one line with the code of what is wrong', async () => {
    for (const [args, code] of [
      [['run', join(folder, 'none.jsonl'), '--model', model, '--out', join(folder, 'x')], 'ERR_LOAD'],
      [['run', 'corpus.csv', '--model', model, '--out', join(folder, 'x')], 'ERR_CONFIG'],
      [['work', '--redis', 'redis://127.0.0.1:1'], 'ERR_FLEET'],
      [['work', '--redis', 'localhost'], 'ERR_CONFIG'],
      [['status', folder], 'ERR_CONFIG'],
    ] as const) {
      const { status, out, error } = await fleet(...args);
      expect({ status, out }, args.join(' ')).toEqual({ status: 1, out: '' });
      expect(error.split('\n').at(-2)).toMatch(new RegExp(`^headwise: ${code}: [^\\n]+$`));
    }
  });

  it('explains itself', async () => {
    const { out } = await fleet('--help');
    for (const word of ['run', 'work', 'status', 'verify', 'Examples', '--redis'])
      expect(out).toContain(word);
    for (const command of ['run', 'work', 'status', 'verify'])
      expect((await fleet(command, '--help')).out).toContain(`headwise fleet ${command}`);
  });
});
