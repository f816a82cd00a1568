import { HeadwiseError } from '@headwise/core';

/** Why a run over a corpus cannot go on. */
export type FleetReason =
  /** Redis cannot be reached, refuses the password, or is too old. */
  | 'queue'
  /** Shards failed for good; the others are done. */
  | 'shards'
  /** The corpus is not the file that the run was planned for. */
  | 'corpus-changed'
  /** The directory has another run, or one with other options. */
  | 'other-run'
  /** The model of this machine computes other vectors than that of the run. */
  | 'model'
  /** This machine cannot work on the run (`cause`): another may. */
  | 'machine'
  /** Files of a run are missing or have changed. */
  | 'files'
  /** The directory cannot be read or written: the disk is full, or read-only, or its file system cannot create a file once and only once. */
  | 'file-system';

/** A run over a corpus that cannot go on, on this machine or at all. */
export class FleetError extends HeadwiseError {
  readonly reason: FleetReason;

  constructor(reason: FleetReason, message: string, options?: ErrorOptions) {
    super('ERR_FLEET', message, options);
    this.name = 'FleetError';
    this.reason = reason;
  }
}
