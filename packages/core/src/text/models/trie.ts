/** A trie of UTF-16 units. The children of all nodes are in one hash table. Node 0 is the root. */
export class Trie {
  #nodes = 1;
  /** For each slot the parent, the unit and the child; the parent is −1 in an empty slot. */
  #parents: Int32Array;
  #units: Uint16Array;
  #children: Int32Array;
  #mask: number;
  #ids: Int32Array;

  constructor(words: number) {
    let size = 1024;
    while (size < words * 8) size *= 2;
    this.#parents = new Int32Array(size).fill(-1);
    this.#units = new Uint16Array(size);
    this.#children = new Int32Array(size);
    this.#mask = size - 1;
    this.#ids = new Int32Array(size).fill(-1);
  }

  /** Adds a string. Of equal ones the last counts. The empty string is never found. */
  add(text: string, id: number): void {
    let node = 0;
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      const child = this.child(node, unit);
      node = child >= 0 ? child : this.#insert(node, unit);
    }
    this.#ids[node] = id;
  }

  /** The child of a node; −1 if there is none. */
  child(node: number, unit: number): number {
    for (let slot = hash(node, unit) & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const parent = this.#parents[slot]!;
      if (parent < 0) return -1;
      if (parent === node && this.#units[slot] === unit) return this.#children[slot]!;
    }
  }

  /** The id of the string that ends at a node; −1 if there is none. */
  idOf(node: number): number {
    return this.#ids[node]!;
  }

  #insert(node: number, unit: number): number {
    if (this.#nodes * 2 > this.#mask) this.#grow();
    const child = this.#nodes++;
    this.#put(node, unit, child);
    return child;
  }

  #put(node: number, unit: number, child: number): void {
    let slot = hash(node, unit) & this.#mask;
    while (this.#parents[slot]! >= 0) slot = (slot + 1) & this.#mask;
    this.#parents[slot] = node;
    this.#units[slot] = unit;
    this.#children[slot] = child;
  }

  #grow(): void {
    const [parents, units, children, ids] = [this.#parents, this.#units, this.#children, this.#ids];
    const size = parents.length * 2;
    this.#parents = new Int32Array(size).fill(-1);
    this.#units = new Uint16Array(size);
    this.#children = new Int32Array(size);
    this.#mask = size - 1;
    this.#ids = new Int32Array(size).fill(-1);
    this.#ids.set(ids);
    for (let i = 0; i < parents.length; i++) if (parents[i]! >= 0) this.#put(parents[i]!, units[i]!, children[i]!);
  }
}

function hash(node: number, unit: number): number {
  const mixed = Math.imul(node, 0x9e3779b1) ^ Math.imul(unit, 0x85ebca6b);
  return mixed ^ (mixed >>> 15);
}
