import type { Theme } from '../lib/colour.ts';
import { DICTIONARIES, type Language, type Messages, pickLanguage } from './i18n/index.ts';

export type ThemeChoice = 'system' | Theme;

const LANGUAGE_KEY = 'headwise.language';
const THEME_KEY = 'headwise.theme';

// Storage may be unavailable (private windows, blocked cookies); then a setting lasts as long as the page.
function readSetting(key: string): string | undefined {
  try {
    return localStorage.getItem(key) ?? undefined;
  } catch {
    return undefined;
  }
}

function writeSetting(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // The setting applies until the page is closed.
  }
}

/** Language and colour theme of the interface, stored in localStorage. */
export class Preferences {
  language = $state<Language>('en');
  themeChoice = $state<ThemeChoice>('system');
  #systemDark = $state(false);

  /** The messages of the shell. */
  readonly messages: Messages = $derived(DICTIONARIES[this.language]);
  readonly theme: Theme = $derived(
    this.themeChoice === 'system' ? (this.#systemDark ? 'dark' : 'light') : this.themeChoice,
  );

  constructor() {
    this.language = pickLanguage(readSetting(LANGUAGE_KEY), navigator.languages);
    const theme = readSetting(THEME_KEY);
    if (theme === 'light' || theme === 'dark') this.themeChoice = theme;
    const query = matchMedia('(prefers-color-scheme: dark)');
    this.#systemDark = query.matches;
    query.addEventListener('change', (event) => {
      this.#systemDark = event.matches;
    });
  }

  /** Shows another language for this visit, as a link asks for. */
  showLanguage(language: Language): void {
    this.language = language;
  }

  setLanguage(language: Language): void {
    this.language = language;
    writeSetting(LANGUAGE_KEY, language);
  }

  toggleTheme(): void {
    this.themeChoice = this.theme === 'dark' ? 'light' : 'dark';
    writeSetting(THEME_KEY, this.themeChoice);
  }
}
