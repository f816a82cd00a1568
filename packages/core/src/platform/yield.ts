/**
 * Yields to the event loop once, so that a page stays responsive and abort signals are delivered. Uses a message channel because nested
 * timers wait at least 4 ms in browsers.
 */
export function yieldToEventLoop(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}
