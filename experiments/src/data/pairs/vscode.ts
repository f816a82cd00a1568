import { readSource, sourceFiles } from '../sources.ts';

/**
 * Visual Studio Code's messages (MIT): the language pack has the Korean ones by number, and the editor's code the English ones, as
 * `localize(number, "message")`. The messages of its extensions have the English text as their key.
 */
export function* vscodeMessages(): Generator<readonly [english: string, korean: string]> {
  const korean = messageList(readSource(...PACK, 'main.i18n.json.js'));
  for (const text of sourceFiles(['@codingame', 'monaco-vscode-api'], '.js'))
    for (const [number, message] of localized(text)) {
      const translation = korean[number];
      if (translation) yield [message, translation];
    }
  yield* extensionMessages();
}

const PACK = ['@codingame', 'monaco-vscode-language-pack-ko', 'translations'] as const;

function* extensionMessages(): Generator<readonly [english: string, korean: string]> {
  for (const file of sourceFiles([...PACK, 'extensions'], '.json')) {
    const { contents } = JSON.parse(file) as { contents: { bundle?: Record<string, string> } };
    // A comment for translators may follow the text: "Close/{Locked=…}".
    for (const [english, korean] of Object.entries(contents.bundle ?? {}))
      yield [english.replace(/\/\{Locked.*$/s, ''), korean];
  }
}

/** The list of a language pack: `var content = [undefined, "…", …]`. */
export function messageList(source: string): readonly (string | undefined)[] {
  const items = source.slice(source.indexOf('['), source.lastIndexOf(']') + 1);
  return JSON.parse(items.replace(/^(\s*)undefined(,?)$/gm, '$1null$2')) as (string | undefined)[];
}

/** Number and text of each call of `localize` and `localize2` whose text is a plain string. */
export function* localized(source: string): Generator<readonly [number: number, message: string]> {
  const calls = /\blocalize2?\((\d+), *(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|`((?:[^`\\$]|\\.)*)`)/g;
  for (const [, number, ...texts] of source.matchAll(calls))
    yield [Number(number), unescaped(texts.find((text) => text !== undefined)!)];
}

/** A JavaScript string without its escapes. */
const unescaped = (text: string) =>
  text.replace(/\\(?:u([\da-fA-F]{4})|(.))/gs, (_, code: string | undefined, character: string) =>
    code
      ? String.fromCharCode(Number.parseInt(code, 16))
      : ({ n: '\n', t: '\t', r: '\r' }[character] ?? character),
  );
