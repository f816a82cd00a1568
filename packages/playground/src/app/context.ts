import { createContext } from 'svelte';
import type { Engine } from './engine.svelte.ts';
import type { Preferences } from './preferences.svelte.ts';
import type { Router } from './router.svelte.ts';

/** What the shell gives to all rooms. */
export interface AppContext {
  readonly engine: Engine;
  /** Language, messages of the shell, theme. */
  readonly preferences: Preferences;
  readonly router: Router;
}

/** `useApp()` in a component's script returns the shell's context. */
export const [useApp, provideApp] = createContext<AppContext>();
