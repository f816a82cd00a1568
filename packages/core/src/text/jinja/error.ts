/** Why a template cannot be parsed or rendered, in the words of jinja2 and Python where they have some. */
export class JinjaError extends Error {
  /** Whether the template's own `raise_exception` was called. */
  readonly raised: boolean;
  constructor(message: string, raised = false) {
    super(message);
    this.raised = raised;
  }
}
