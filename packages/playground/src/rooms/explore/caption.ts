import { version } from '../../../package.json';
import type { Reading } from '../../engine/jobs/read.ts';
import { modelEntry } from '../../engine/registry.ts';

/** What stands under a saved picture: what it is, of which model and text, and the version of this page. */
export function captionOf(title: string, { model, text }: Pick<Reading, 'model' | 'text'>): string {
  return `${title} · ${modelEntry(model).name} · Headwise ${version} · “${text}”`;
}
