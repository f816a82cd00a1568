import { HeadwiseError } from '../../errors.ts';

/** Why a template cannot be parsed or rendered, in the words of jinja2 and Python where they have some. */
export class JinjaError extends HeadwiseError {
  /** Whether the template's own `raise_exception` was called. */
  readonly raised: boolean;
  constructor(message: string, raised = false) {
    super('ERR_TEMPLATE', message);
    this.raised = raised;
  }
}
