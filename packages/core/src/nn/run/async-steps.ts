import type { Tensor } from '../../backend/backend.ts';
import type { StepRequest, Steps } from './forward.ts';

/** `runSteps` with asynchronous answers. */
export async function runStepsAsync<T>(
  steps: Steps<T>,
  answer: (request: StepRequest) => Tensor | Promise<Tensor>,
): Promise<T> {
  let step = steps.next();
  while (!step.done) {
    let value: Tensor;
    try {
      const pending = answer(step.value);
      value = pending instanceof Promise ? await pending : pending;
    } catch (error) {
      step = steps.throw(error);
      continue;
    }
    step = steps.next(value);
  }
  return step.value;
}
