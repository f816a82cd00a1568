/** A minimal Cache API: responses by key, stored once the body is complete. */
export class FakeCaches {
  readonly stores = new Map<string, Map<string, { body: ArrayBuffer; headers: Headers }>>();

  async open(name: string) {
    const store = this.stores.get(name) ?? new Map<string, { body: ArrayBuffer; headers: Headers }>();
    this.stores.set(name, store);
    return {
      match: async (key: string | { url: string }) => {
        const stored = store.get(typeof key === 'string' ? key : key.url);
        return stored && new Response(stored.body, { headers: stored.headers });
      },
      keys: async () => [...store.keys()].map((url) => ({ url })),
      put: async (key: string, response: Response) => {
        store.set(key, { body: await response.arrayBuffer(), headers: response.headers });
      },
      delete: async (key: string | { url: string }) => store.delete(typeof key === 'string' ? key : key.url),
    };
  }

  async delete(name: string) {
    return this.stores.delete(name);
  }
}
