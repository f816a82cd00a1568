import { type Address, expand, isShortened, parseAddress, printAddress, shorten } from './address.ts';

/** Milliseconds without a change after which the address shows the state. Browsers limit how often it may change. */
const WRITE_DELAY = 300;

/** The state of the history's entries that the page has shown. */
const SEEN = 'seen';

/** The address of the page. Links change it (`href="#/room/part?key=value"`), and so do rooms through their `UrlState`. */
export class Router {
  /** Where the page is. A new object whenever the address was changed from outside: by a link, Back, or the reader. */
  address = $state.raw<Address>({ room: '', part: '', query: new Map() });
  /** Whether a link led to the address: Back and a reload lead to an entry of the history that the page has seen. */
  isNew = false;
  /** Keys of the address that could not be read. */
  invalid = $state.raw<readonly string[]>([]);

  readonly #rooms: readonly [string, ...string[]];
  readonly #last = new Map<string, Address>();
  #current: Address = { room: '', part: '', query: new Map() };
  #timer: ReturnType<typeof setTimeout> | undefined;
  #turn = 0;

  /** @param rooms their ids; an address without one, or with another, is that of the first */
  constructor(rooms: readonly [string, ...string[]]) {
    this.#rooms = rooms;
  }

  /** Reads the address and follows it; returns what ends that. */
  async start(): Promise<() => void> {
    const read = (): void => void this.#read();
    addEventListener('popstate', read);
    await this.#read();
    return () => {
      removeEventListener('popstate', read);
      clearTimeout(this.#timer);
    };
  }

  /** Shows the query of the current room in the address: after a while, or at once as a new entry of the history. */
  write(query: ReadonlyMap<string, string>, push = false): void {
    this.#current = { ...this.#current, query };
    this.#last.set(this.#current.room, this.#current);
    if (push) return void this.#show('pushState');
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#show('replaceState'), WRITE_DELAY);
  }

  /** Shows at once what {@link write} would show later. To be called before a link is followed. */
  flush(): void {
    if (this.#timer !== undefined) void this.#show('replaceState');
  }

  /** The link to a room: to where the reader left it, or to a part of it. */
  href(room: string, part?: string, query: Readonly<Record<string, string>> = {}): string {
    const last = part === undefined ? this.#last.get(room) : undefined;
    return printAddress(last ?? { room, part: part ?? '', query: new Map(Object.entries(query)) });
  }

  /** The whole URL of the current state. */
  async share(extra: Readonly<Record<string, string>> = {}): Promise<string> {
    const query = new Map([...this.#current.query, ...Object.entries(extra)]);
    return new URL(printAddress(await shorten({ ...this.#current, query })), location.href).href;
  }

  /** Keys that a room could not read, besides those that nobody could. */
  report(invalid: readonly string[]): void {
    this.invalid = [...new Set([...this.invalid, ...invalid])];
  }

  async #read(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#turn += 1;
    const turn = this.#turn;
    const parsed = parseAddress(location.hash);
    const expanded = isShortened(parsed.address) ? await expand(parsed.address) : { ...parsed, broken: [] };
    if (turn !== this.#turn) return;
    const { room, ...rest } = expanded.address;
    const isKnown = this.#rooms.includes(room);
    this.invalid = [...(isKnown || room === '' ? [] : [room]), ...parsed.broken, ...expanded.broken];
    this.isNew = history.state !== SEEN;
    if (this.isNew) history.replaceState(SEEN, '');
    this.#current = isKnown ? expanded.address : { ...rest, room: this.#rooms[0] };
    this.#last.set(this.#current.room, this.#current);
    this.address = this.#current;
  }

  async #show(how: 'pushState' | 'replaceState'): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const isLong = [...this.#current.query.values()].some((value) => value.length > 1000);
    const turn = this.#turn;
    const address = isLong ? await shorten(this.#current) : this.#current;
    if (turn === this.#turn) history[how](SEEN, '', printAddress(address));
  }
}
