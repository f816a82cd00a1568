import type { RoomId } from '../../src/app/room.ts';
import type { Page } from './page.ts';

/** A room for the checks that all rooms have in common. */
export interface RoomCheck {
  readonly id: RoomId;
  /** An address of it that small models can show. */
  readonly hash: string;
  /** Resolves when it shows what a model has computed. */
  ready(page: Page): Promise<unknown>;
}

/** One for each room of the bar. */
export const ROOM_CHECKS: readonly RoomCheck[] = [
  {
    id: 'learn',
    hash: '#/learn',
    ready: (page) => page.locator('main svg path').first().waitFor({ state: 'attached' }),
  },
  {
    id: 'explore',
    hash: '#/explore?m=bert-mini',
    ready: (page) => page.getByTestId('map').waitFor(),
  },
  {
    id: 'generate',
    hash: '#/generate?m=gpt-mini',
    ready: async (page) => {
      await page.getByTestId('candidates').waitFor();
      await page.getByTestId('attended').waitFor();
    },
  },
  {
    id: 'train',
    hash: '#/train?width=32&at=1',
    // Three buttons are to be had when the run rests.
    ready: async (page) => {
      await page.getByTestId('samples').waitFor();
      await page.locator('.actions .button:enabled').nth(2).waitFor();
    },
  },
  {
    id: 'search',
    hash: '#/search?by=letters',
    ready: (page) => page.locator('.results ol[aria-busy=false]').first().waitFor(),
  },
  {
    id: 'listen',
    // The model is offered; the sound is read without it.
    hash: '#/listen',
    ready: (page) => page.locator('[data-testid=spectrogram][data-frames]').waitFor(),
  },
  {
    id: 'benchmark',
    // Nothing is measured unasked.
    hash: '#/benchmark',
    ready: (page) => page.locator('main input[type=checkbox]').first().waitFor(),
  },
];
