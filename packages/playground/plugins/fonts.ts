import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { glob, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import subsetFont from 'subset-font';
import type { Plugin } from 'vite';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const CACHE = join(ROOT, 'node_modules', '.cache');
const ID = 'headwise:fonts.css';

/** What the page shows first: the shell and the first page of Learn, in Korean. */
const FIRST = ['src/app/i18n/ko.ts', 'src/rooms/learn/ko.ts', 'src/rooms/learn/samples.ts'];

const LATIN = join(
  ROOT,
  'node_modules/@fontsource-variable/noto-sans-kr/files/noto-sans-kr-latin-wght-normal.woff2',
);
const KOREAN = new URL('./files/', import.meta.resolve('@openfonts/noto-sans-kr_korean/package.json'));
const korean = (weight: number): string =>
  fileURLToPath(new URL(`noto-sans-kr-korean-${weight}.woff2`, KOREAN));

/** A file of the sheet, and what it is made from. */
interface Face {
  readonly name: string;
  /** Browsers look for the nearest weight in a family before they look at characters: faces of other weights are another family. */
  readonly family: 'Headwise Latin' | 'Headwise Korean';
  readonly source: string;
  readonly characters: readonly string[];
  /** As in CSS. */
  readonly weight: string;
  /** Default: the characters. */
  readonly range?: string;
}

/**
 * The font of the page in a few files of the characters that its texts have: Latin in all weights; Korean in two, what the page shows first apart from the
 * rest. The sheet is imported as `headwise:fonts.css`. Other characters are shown in a font of the system until the sheet of the whole font is there.
 */
export function fonts(): Plugin {
  let sheet = '';
  return {
    name: 'headwise:fonts',
    async buildStart() {
      sheet = await makeSheet();
    },
    resolveId: (id) => (id === ID ? sheet : undefined),
  };
}

/** Makes the files unless they are there; returns the path of the sheet. */
async function makeSheet(): Promise<string> {
  const all = new Set<string>();
  for await (const path of glob('src/**/*.{ts,svelte,md}', { cwd: ROOT })) {
    if (!path.includes('.test.')) addCharacters(all, await readFile(join(ROOT, path), 'utf8'));
  }
  const first = await firstTexts();
  const isAscii = (character: string): boolean => character < '\u007f';
  const latin = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i));
  const others = [...all].filter((character) => !isAscii(character)).sort();
  /** Those of some texts, with the signs, which are few and everywhere, and all others. */
  const divided = (texts: readonly string[]) => {
    const begin = new Set<string>(others.filter((character) => !/\p{Script=Hangul}/u.test(character)));
    for (const text of texts) addCharacters(begin, text);
    return {
      first: others.filter((character) => begin.has(character)),
      more: others.filter((character) => !begin.has(character)),
    };
  };
  const faces: readonly Face[] = [
    {
      name: 'latin',
      family: 'Headwise Latin',
      source: LATIN,
      characters: [...latin, ...'·×÷±°–‘’“”…−'],
      weight: '400 700',
    },
    ...(['plain', 'bold'] as const).flatMap((style) => {
      const weight = style === 'bold' ? 700 : 400;
      const face = { family: 'Headwise Korean', source: korean(weight), weight: `${weight}` } as const;
      const { first: begin, more } = divided(first[style]);
      // The rule that comes later has the characters that both have.
      return [
        {
          ...face,
          name: `korean-more-${weight}`,
          characters: more,
          range: 'U+1100-11ff,U+3130-318f,U+ac00-d7a3',
        },
        { ...face, name: `korean-${weight}`, characters: begin },
      ];
    }),
  ];
  const hash = createHash('sha256').update(await readFile(fileURLToPath(import.meta.url)));
  for (const { name, characters } of faces) hash.update(`${name}: ${characters.join('')}\n`);
  const folder = join(CACHE, `fonts-${hash.digest('hex').slice(0, 12)}`);
  const sheet = join(folder, 'fonts.css');
  if (existsSync(sheet)) return sheet;
  await mkdir(folder, { recursive: true });
  const rules: string[] = [];
  for (const face of faces) {
    const font = await subsetFont(await readFile(face.source), face.characters.join(''), {
      targetFormat: 'woff2',
      ...(face.weight.includes(' ') && { variationAxes: { wght: { min: 400, max: 700 } } }),
    });
    await writeFile(join(folder, `${face.name}.woff2`), font);
    rules.push(ruleOf(face));
  }
  await writeFile(sheet, rules.join('\n'));
  return sheet;
}

function ruleOf({ name, family, characters, weight, range = rangesOf(characters) }: Face): string {
  return `@font-face {
  font-family: "${family}";
  font-weight: ${weight};
  font-display: swap;
  src: url("./${name}.woff2") format("woff2");
  unicode-range: ${range};
}`;
}

/** The characters as CSS writes them, neighbours as one range. */
function rangesOf(characters: readonly string[]): string {
  const ranges: [number, number][] = [];
  for (const code of characters.map((character) => character.codePointAt(0)!).sort((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last && code === last[1] + 1) last[1] = code;
    else ranges.push([code, code]);
  }
  const hex = (code: number): string => code.toString(16);
  return ranges.map(([from, to]) => `U+${hex(from)}${to > from ? `-${hex(to)}` : ''}`).join(',');
}

function addCharacters(set: Set<string>, text: string): void {
  for (const character of text) if (character >= ' ') set.add(character);
}

/** What the page shows first in Korean, and what of it is bold. */
async function firstTexts(): Promise<{
  readonly plain: readonly string[];
  readonly bold: readonly string[];
}> {
  const [shell, learn, samples] = (await Promise.all(FIRST.map((path) => import(join(ROOT, path))))) as [
    { ko: Readonly<Record<string, unknown>> },
    { ko: Readonly<Record<string, unknown>> },
    { EXAMPLES: object },
  ];
  const { rooms, language, load, room, skip } = shell.ko;
  const { tagline, translate, start, begin, end, chapters, reading, steps, guess } = learn.ko;
  const titles = Object.values(learn.ko).flatMap((value) =>
    typeof value === 'object' && value !== null && 'title' in value ? [value.title] : [],
  );
  const { heading, fromEnglish, fromKorean } = translate as Readonly<Record<string, string>>;
  const bold = [rooms, language, heading, fromEnglish, fromKorean, chapters, start, samples.EXAMPLES];
  const plain = [...bold, load, room, skip, tagline, translate, titles, begin, end, reading, steps, guess];
  return { plain: plain.flatMap(strings), bold: bold.flatMap(strings) };
}

/** All texts in a catalogue; of functions, their source. */
function strings(value: unknown): string[] {
  if (typeof value === 'object' && value !== null) return Object.values(value).flatMap(strings);
  return [String(value)];
}
