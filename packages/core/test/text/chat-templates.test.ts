import { readFile } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { TemplateError } from '../../src/errors.ts';
import { type ChatMessage, ChatTemplate } from '../../src/text/chat-template.ts';
import { modelTemplates } from './model-templates.ts';

// transformers 5.17.0 with jinja2 3.1.6: test/fixtures/make/chat_templates.py
const fixtures = new URL('../fixtures/chat-templates/', import.meta.url);

/** A rendered text, or the error that jinja2 or Python raises. */
type Rendered = string | { readonly error: string; readonly raised: boolean };

const jinja = JSON.parse(await readFile(new URL('jinja.json', fixtures), 'utf8')) as {
  readonly now: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly cases: readonly [template: string, want: Rendered][];
};
const real = JSON.parse(gunzipSync(await readFile(new URL('models.json.gz', fixtures))).toString()) as {
  readonly tokens: Readonly<Record<string, string>>;
  readonly conversations: readonly Conversation[];
  /** Of each conversation the text, or a list with the message of the template's `raise_exception`; empty for another error. */
  readonly models: Readonly<Record<string, readonly (string | [string])[]>>;
};

interface Conversation {
  readonly messages: readonly ChatMessage[];
  readonly tools?: readonly unknown[];
  readonly documents?: readonly unknown[];
  readonly add_generation_prompt?: boolean;
  readonly [variable: string]: unknown;
}

const templates = modelTemplates();
const counts = { templates: 0, models: 0, conversations: 0, errors: 0 };

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: new Date(jinja.now) });
});
afterEach(() => {
  vi.useRealTimers();
});
afterAll(() => console.log('equal to jinja2:', JSON.stringify(counts)));

describe('ChatTemplate renders what jinja2 renders', () => {
  test.each(jinja.cases)('%s', async (source, want) => {
    const render = () => ChatTemplate.fromSource(source).render([], { variables: jinja.variables });
    counts.templates++;
    if (typeof want === 'string') expect(await render()).toBe(want);
    else {
      counts.errors++;
      await expect(render()).rejects.toThrow(TemplateError);
      if (want.raised) await expect(render()).rejects.toThrow(want.error);
    }
  });
});

describe('ChatTemplate renders the templates of models as transformers does', () => {
  test.each(Object.entries(real.models))('%s', async (name, wants) => {
    const template = ChatTemplate.fromSource(templates.get(name)!, real.tokens);
    counts.models++;
    for (const [
      i,
      { messages, tools, documents, add_generation_prompt, ...variables },
    ] of real.conversations.entries()) {
      const want = wants[i]!;
      const options = {
        ...(tools && { tools }),
        ...(documents && { documents }),
        addGenerationPrompt: add_generation_prompt ?? true,
        variables,
      };
      const got = await template.render(messages, options).catch((error: unknown) => error);
      counts.conversations++;
      if (typeof want === 'string') expect(got, `conversation ${i}`).toBe(want);
      else {
        counts.errors++;
        expect(got, `conversation ${i}`).toBeInstanceOf(TemplateError);
        if (want[0] !== '') expect((got as Error).message).toContain(want[0]);
      }
    }
  });
});
