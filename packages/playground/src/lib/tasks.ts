/** Draws in the next frame, in which the styles are computed anyway; returns what cancels that. */
export function inNextFrame(draw: () => void): () => void {
  const frame = requestAnimationFrame(draw);
  return () => cancelAnimationFrame(frame);
}

/**
 * Runs what changes much of the page in a task of its own: within the task of a click, browsers would also compute styles and layout, and the click would be
 * answered late.
 */
export function inNextTask(change: () => void): void {
  setTimeout(change);
}
