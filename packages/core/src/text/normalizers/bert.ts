import type { Component } from '../json/component.ts';
import { AlignedWriter, type Piece } from '../pieces/alignment.ts';
import { filterCharacters, mapCharacters } from '../pieces/transform.ts';
import { CONTROLS, NONSPACING_MARKS, WHITE_SPACE } from '../unicode/categories.ts';
import { decompose, isNonStarter } from '../unicode/normalization.ts';
import type { Normalizer } from './normalizer.ts';
import { normalizeForm } from './unicode-form.ts';

/** What becomes of a character, for characters of the Basic Multilingual Plane. */
const UNKNOWN = 0;
const KEPT = 1;
/** One other character: its code plus this. */
const REPLACED = 2;

/**
 * BERT's normalizer: removes control characters, separates Chinese characters by spaces, strips accents and lower-cases, each as
 * configured. Lower-casing is by character: a final sigma is lower-cased as any other.
 */
export function bertNormalizer(component: Component): Normalizer {
  const clean = component.boolean('clean_text');
  const chinese = component.boolean('handle_chinese_chars');
  const lowercase = component.boolean('lowercase');
  const strip = component.boolean('strip_accents', lowercase);

  const normalizeCharacter = (code: number): string => {
    let text = String.fromCodePoint(code);
    if (clean) {
      if (isControl(code)) return '';
      if (WHITE_SPACE.has(code)) text = ' ';
    }
    if (chinese && isChinese(code)) text = ` ${text} `;
    if (strip) text = keepUnmarked(Array.from(text, (one) => decompose(one.codePointAt(0)!, false)).join(''));
    return lowercase ? lowerCase(text) : text;
  };

  const bySteps = (piece: Piece): Piece => {
    let result = piece;
    if (clean) {
      result = filterCharacters(result, (code) => !isControl(code));
      result = mapCharacters(result, (character) => (WHITE_SPACE.has(character.codePointAt(0)!) ? ' ' : character));
    }
    if (chinese) result = mapCharacters(result, (one) => (isChinese(one.codePointAt(0)!) ? ` ${one} ` : one));
    if (strip) result = filterCharacters(normalizeForm(result, 'NFD'), (code) => !NONSPACING_MARKS.has(code));
    return lowercase ? mapCharacters(result, (character) => character.toLowerCase()) : result;
  };

  const actions = new Uint32Array(0x10000);
  const replacements = new Map<number, string>();
  return (piece) => {
    const { text, alignment, from } = piece;
    const writer = new AlignedWriter(alignment.origin, text.length);
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      const start = alignment.startOf(from + i);
      let action = actions[unit]!;
      if (action === UNKNOWN || (unit & 0xf800) === 0xd800) {
        const code = text.codePointAt(i)!;
        let replacement = replacements.get(code);
        if (replacement === undefined) {
          replacement = normalizeCharacter(code);
          // Marks that are not stripped may change places: then the steps depend on the characters around.
          if (strip && hasNonStarter(replacement)) return bySteps(piece);
          replacements.set(code, replacement);
        }
        if (code > 0xffff) i++;
        else if (replacement.length === 1) {
          action = replacement.charCodeAt(0);
          actions[unit] = action === unit ? KEPT : action + REPLACED;
        }
        writeAll(writer, replacement, start, alignment.endOf(from + i));
      } else {
        writer.unit(action === KEPT ? unit : action - REPLACED, start, alignment.endOf(from + i));
      }
    }
    return writer.finish();
  };
}

function writeAll(writer: AlignedWriter, text: string, start: number, end: number): void {
  for (let k = 0; k < text.length; k++) writer.unit(text.charCodeAt(k), start, end);
}

const isControl = (code: number) => code === 0 || (CONTROLS.has(code) && !(code === 9 || code === 10 || code === 13));

function keepUnmarked(text: string): string {
  let kept = '';
  for (const character of text) if (!NONSPACING_MARKS.has(character.codePointAt(0)!)) kept += character;
  return kept;
}

/** Lower-cases each character on its own. */
function lowerCase(text: string): string {
  return Array.from(text, (character) => character.toLowerCase()).join('');
}

function hasNonStarter(text: string): boolean {
  for (const character of text) if (isNonStarter(character.codePointAt(0)!)) return true;
  return false;
}

/** The CJK ideographs that BERT separates. Its own ranges: they omit U+2B820 to U+2B91F. */
function isChinese(code: number): boolean {
  return (
    code >= 0x3400 &&
    ((code >= 0x4e00 && code <= 0x9fff) ||
      code <= 0x4dbf ||
      (code >= 0x20000 && code <= 0x2a6df) ||
      (code >= 0x2a700 && code <= 0x2b73f) ||
      (code >= 0x2b740 && code <= 0x2b81f) ||
      (code >= 0x2b920 && code <= 0x2ceaf) ||
      (code >= 0xf900 && code <= 0xfaff) ||
      (code >= 0x2f800 && code <= 0x2fa1f))
  );
}
