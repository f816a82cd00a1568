import { en } from './en.ts';
import { ko } from './ko.ts';
import type { Language } from './language.ts';
import type { Messages } from './messages.ts';

/** Every language's words; a language or a message that is missing is a type error. */
export const DICTIONARIES: Readonly<Record<Language, Messages>> = { en, ko };
