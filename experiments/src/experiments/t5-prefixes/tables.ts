import { markdownTable, percent } from '../../lab/blocks.ts';
import type { Language } from '../../lab/experiment.ts';
import type { T5Result } from './run.ts';
import { TEXTS } from './texts.ts';

const orDash = (fraction: number | null): string => (fraction === null ? '–' : percent(fraction));

export function tables(result: T5Result, language: Language): string {
  const text = TEXTS[language];
  const { tasks, prefixes, few, examples, errors, exact, sizes } = result;
  const mean = tasks.reduce((sum, { single, test }) => sum + single * test, 0) / sizes.test;
  return [
    markdownTable(text.taskHead, [
      ...tasks.map(({ task, train, test, all, single }) => [
        `\`${task}\``,
        train.toLocaleString('en'),
        test,
        percent(all),
        percent(single),
      ]),
      [
        text.total,
        sizes.train.toLocaleString('en'),
        sizes.test.toLocaleString('en'),
        percent(exact),
        percent(mean),
      ],
    ]),
    markdownTable(
      text.prefixHead,
      prefixes.map(({ prefix, language: from, korean, copies, translations, example }) => [
        prefix === '' ? text.none : `\`${prefix}\``,
        text.languages[from],
        percent(korean, 0),
        percent(copies, 0),
        percent(translations, 0),
        example.sentence,
        example.output,
      ]),
    ),
    markdownTable(
      text.fewHead,
      few.map(({ examples: count, alone, withOthers, others }) => [
        count,
        orDash(alone),
        percent(withOthers),
        percent(others),
      ]),
    ),
    markdownTable(
      text.exampleHead,
      examples.map(({ source, output }) => [source, output]),
    ),
    markdownTable(
      text.errorHead,
      errors.map(({ source, output, target }) => [source, output, target]),
    ),
  ].join('\n\n');
}
