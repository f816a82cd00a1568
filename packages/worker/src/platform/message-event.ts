/** Calls `listener` with the data of each `message` event. */
export function onMessageEvent(port: MessagePort, listener: (message: unknown) => void): void {
  port.addEventListener('message', ({ origin, data }) => {
    // Messages through a port have no origin.
    if (!origin) listener(data);
  });
  port.start();
}
