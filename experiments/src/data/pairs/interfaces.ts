import { importSource, readSourceJson } from '../sources.ts';

/** The texts of a nested object by their paths. */
export function* texts(value: unknown, path = ''): Generator<readonly [path: string, text: string]> {
  if (typeof value === 'string') yield [path, value];
  else if (typeof value === 'object' && value !== null)
    for (const [key, part] of Object.entries(value)) yield* texts(part, `${path}/${key}`);
}

function* matching(english: unknown, korean: unknown): Generator<readonly [english: string, korean: string]> {
  const translations = new Map(texts(korean));
  for (const [path, text] of texts(english)) {
    const translation = translations.get(path);
    if (translation !== undefined) yield [text, translation];
  }
}

/** Node-RED's editor (Apache-2.0). */
export function* nodeRed(): Generator<readonly [english: string, korean: string]> {
  for (const file of ['editor', 'infotips', 'jsonata']) {
    const read = (language: string) =>
      readSourceJson('@node-red', 'editor-client', 'locales', language, `${file}.json`);
    yield* matching(read('en-US'), read('ko'));
  }
}

/** Blockly's blocks and menus (Apache-2.0). */
export async function blockly(): Promise<Iterable<readonly [english: string, korean: string]>> {
  const read = async (language: string) => ({ ...(await importSource('blockly', 'msg', `${language}.mjs`)) });
  return matching(await read('en'), await read('ko'));
}

/** Clerk's sign-in forms (MIT). */
export async function clerk(): Promise<Iterable<readonly [english: string, korean: string]>> {
  const read = (file: string) => importSource('@clerk', 'localizations', 'dist', `${file}.mjs`);
  return matching((await read('en-US')).enUS, (await read('ko-KR')).koKR);
}

/** Payload's administration pages (MIT). */
export async function payload(): Promise<Iterable<readonly [english: string, korean: string]>> {
  const read = (language: string) =>
    importSource('@payloadcms', 'translations', 'dist', 'languages', `${language}.js`);
  return matching((await read('en')).enTranslations, (await read('ko')).koTranslations);
}
