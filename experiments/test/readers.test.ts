import { describe, expect, test } from 'vitest';
import { readMail } from '../src/data/labelled.ts';
import { grouped } from '../src/data/pairs/index.ts';
import { texts } from '../src/data/pairs/interfaces.ts';
import { sections } from '../src/data/pairs/rights.ts';
import { diagnostics, typescriptMessages } from '../src/data/pairs/typescript.ts';
import { localized, messageList } from '../src/data/pairs/vscode.ts';
import { words } from '../src/data/phonemes.ts';

describe('TypeScript', () => {
  test('diagnostics reads keys and messages', () => {
    const source = String.raw`Unterminated: diag(1002, 1 /* Error */, "Unterminated_1002", "Unterminated \"string\"."), diag(2, 3 /* Message */, "Yes_2", "Yes", true)`;
    expect([...diagnostics(source)]).toEqual([
      ['Unterminated_1002', 'Unterminated "string".'],
      ['Yes_2', 'Yes'],
    ]);
  });

  test('typescriptMessages has some 2,000 messages with their translations', () => {
    const messages = new Map(typescriptMessages());
    expect(messages.size).toBeGreaterThan(2000);
    expect(messages.get("Cannot find name '{0}'.")).toBe("'{0}' 이름을 찾을 수 없습니다.");
    expect(messages.get('Unterminated string literal.')).toBe('종결되지 않은 문자열 리터럴입니다.');
  });
});

describe('Visual Studio Code', () => {
  test('localized reads numbers and texts in every kind of quotes', () => {
    const source = [
      String.raw`localize(988, 'It\'s here.'), localize2(989, "Show\nFocus")`,
      'localize(7, `plain`), localize(8, `$' + '{x}`)',
    ].join();
    expect([...localized(source)]).toEqual([
      [988, "It's here."],
      [989, 'Show\nFocus'],
      [7, 'plain'],
    ]);
  });

  test('messageList reads a list with gaps', () => {
    expect(
      messageList(
        'var content = [\n\tundefined,\n\t"오류: {0}",\n\t"[a]"\n];\n\nexport { content as default };',
      ),
    ).toEqual([null, '오류: {0}', '[a]']);
  });
});

test('sections reads the paragraphs of each article', () => {
  const html = '<h1>x</h1><h2>Preamble</h2><p>Whereas,</p><p>Now</p><h2>Article 1</h2><p> All. </p>';
  expect(sections(html)).toEqual([['Whereas,', 'Now'], ['All.']]);
});

test('texts gives the texts of a nested object by their paths', () => {
  expect([...texts({ a: 'x', b: { c: 'y', d: () => 'z', e: ['w'] } })]).toEqual([
    ['/a', 'x'],
    ['/b/c', 'y'],
    ['/b/e/0', 'w'],
  ]);
});

test('words keeps variants together, without stress, comments and repetitions', () => {
  const dictionary = {
    live: 'L AY1 V',
    'live(1)': 'L IH1 V',
    'live(2)': 'L IH0 V',
    "'bout": 'B AW1 T',
    'd.': 'D IY1',
    gdp: 'JH IY1 # abbrev',
  };
  expect(words(dictionary)).toEqual([
    {
      spelling: 'live',
      pronunciations: [
        ['L', 'AY', 'V'],
        ['L', 'IH', 'V'],
      ],
    },
    { spelling: "'bout", pronunciations: [['B', 'AW', 'T']] },
    { spelling: 'gdp', pronunciations: [['JH', 'IY']] },
  ]);
});

test('readMail keeps subject and text, and leaves out headers, tags and encodings', () => {
  const source = [
    'From: a@example.com',
    'Subject: Re: [list] Fwd: Two',
    '\tlines',
    'Content-Transfer-Encoding: quoted-printable',
    '',
    '--part',
    'Content-Type: text/html',
    '',
    '<!DOCTYPE html><style>p { color: red }</style><p>Caf=E9 =',
    'for <i>you</i></p>',
    'A'.repeat(76),
  ].join('\n');
  expect(readMail(source)).toEqual({ subject: 'Two lines', text: 'Two lines Café for you' });
});

describe('grouped', () => {
  const groupsOf = (pairs: readonly (readonly [string, string])[]) =>
    grouped(pairs.map(([source, target]) => ({ source, target }))).map(({ group }) => group);

  test('puts pairs with a common English or Korean key in one group, through others too', () => {
    const [close, closed, shut, open] = groupsOf([
      ['Close', '닫기'],
      ['Close {0}', '{0} 종료'],
      ['Shut down', '종료'],
      ['Open', '열기'],
    ]);
    expect([closed, shut]).toEqual([close, close]);
    expect(open).not.toBe(close);
  });

  test('does not depend on the order of the pairs', () => {
    const pairs = [
      ['A', '가'],
      ['B', '가'],
      ['B', '나'],
      ['C', '나'],
    ] as const;
    expect(new Set([...groupsOf(pairs), ...groupsOf(pairs.toReversed())]).size).toBe(1);
  });

  test('puts skin tones and hair in one group', () => {
    const groups = groupsOf([
      ['waving hand', '흔드는 손'],
      ['waving hand: medium-dark skin tone', '흔드는 손: 진한 갈색 피부'],
      ['woman: light skin tone, curly hair', '여자: 하얀 피부 곱슬머리'],
      ['woman', '여자'],
    ]);
    expect(groups[1]).toBe(groups[0]);
    expect(groups[3]).toBe(groups[2]);
  });
});
