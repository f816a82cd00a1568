import type { ReadableId } from '../../../engine/passes.ts';
import type { Ramp } from '../../../lib/colour.ts';
import type { Session } from '../session.svelte.ts';
import type { ExploreUrl } from '../state.ts';
import type { View } from '../view.svelte.ts';

/** What each panel gets. */
export interface PanelProps {
  readonly model: ReadableId;
  readonly session: Session;
  readonly view: View;
  readonly url: ExploreUrl;
  readonly ramp: Ramp;
}
