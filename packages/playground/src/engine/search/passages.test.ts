import { expect, test } from 'vitest';
import { readPassages } from './passages.ts';

test('readPassages divides by headings and into sentences, without marks', () => {
  const { sections, passages } = readPassages(`Before. *Any* [heading](https://example.com/).

# One

First sentence. Second
sentence!

## Empty

## Two & \`code\`

- an item
- another, <b>bold</b>. And more.
  > quoted

| a | b |
| --- | --- |
| 1 | **2** |

\`\`\`js
const x = 1;
\`\`\`

Setext
------

세 번째 문장입니다. 네 번째 문장입니다.
`);
  expect(sections).toEqual([[], ['One'], ['One', 'Two & code'], ['One', 'Setext']]);
  expect(passages.map(({ section, text }) => `${section} ${text}`)).toEqual([
    '0 Before.',
    '0 Any heading.',
    '1 First sentence.',
    '1 Second sentence!',
    '2 an item',
    '2 another, bold.',
    '2 And more.',
    '2 quoted',
    '2 a · b',
    '2 1 · 2',
    '2 const x = 1;',
    '3 세 번째 문장입니다.',
    '3 네 번째 문장입니다.',
  ]);
});

test('plain text is one section, and white space alone is none', () => {
  expect(readPassages('A line\r\nand another.\r\n\r\nA paragraph.')).toEqual({
    sections: [[]],
    passages: [
      { text: 'A line and another.', section: 0 },
      { text: 'A paragraph.', section: 0 },
    ],
  });
  expect(readPassages(' \n\n ')).toEqual({ sections: [], passages: [] });
});
