import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';

/**
 * The connections of a server. Node closes as idle those that have had a request, but not those that never had one, nor those with a part of one: they would keep
 * the server from closing, for ever.
 */
export class Connections {
  /** The request of each that is being answered. */
  readonly #requests = new Map<Socket, IncomingMessage | undefined>();

  constructor(server: Server) {
    server.on('connection', (socket) => {
      this.#requests.set(socket, undefined);
      socket.once('close', () => this.#requests.delete(socket));
    });
    server.on('request', (request, response) => {
      const { socket } = request;
      this.#requests.set(socket, request);
      response.once('close', () => {
        if (!socket.destroyed) this.#requests.set(socket, undefined);
      });
    });
  }

  /** Closes those that wait for a request, or for the rest of its head. */
  closeIdle(): void {
    for (const [socket, request] of this.#requests) if (!request) socket.destroy();
  }

  /** Closes those that wait for the rest of a body: such a request was not accepted. */
  closeIncomplete(): void {
    for (const [socket, request] of this.#requests) if (request?.complete === false) socket.destroy();
  }
}
