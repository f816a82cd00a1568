import type { FailureCause } from '../failure.ts';
import type { RoomId } from '../room.ts';

/** The texts of the shell and of what all rooms use. */
export interface Messages {
  readonly title: string;
  readonly skip: string;
  /** Name of the navigation between rooms. */
  readonly roomsLabel: string;
  readonly rooms: Readonly<Record<RoomId, string>>;
  readonly language: { readonly label: string; readonly en: string; readonly ko: string };
  readonly theme: { readonly toDark: string; readonly toLight: string };
  readonly share: {
    readonly title: string;
    readonly explain: string;
    /** While files of the visitor are open. */
    readonly local: string;
    readonly link: string;
    readonly embed: string;
    readonly copy: string;
    readonly copied: string;
    readonly notCopied: string;
    readonly close: string;
  };
  readonly room: { readonly loading: string; readonly failed: string };
  readonly address: { readonly dismiss: string; invalid(keys: string): string };
  readonly load: {
    fetch(model: string, size: string): string;
    readonly fromCache: string;
    readonly starting: string;
    readonly failed: string;
    readonly stopped: string;
    readonly retry: string;
    loading(model: string): string;
    progress(loaded: string, total: string): string;
  };
  /** Above the engine’s own message, which is English. */
  readonly failureDetail: string;
  /** What happened and what helps, by the cause of a failure. */
  readonly failures: Readonly<Record<FailureCause, string>>;
}
