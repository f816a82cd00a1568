/** The characters that a class matches. Each is looked up once by JavaScript's own expressions. */
export class CharacterSet {
  readonly #regex: RegExp;
  readonly #pages: (Uint8Array | undefined)[] = [];

  constructor(source: string, flags: string) {
    this.#regex = new RegExp(`^(?:${source})$`, flags);
  }

  has(code: number): boolean {
    let page = this.#pages[code >> 8];
    if (!page) {
      page = new Uint8Array(256);
      this.#pages[code >> 8] = page;
    }
    const known = page[code & 255]!;
    if (known !== 0) return known === 1;
    const has = this.#regex.test(String.fromCodePoint(code));
    page[code & 255] = has ? 1 : 2;
    return has;
  }
}
