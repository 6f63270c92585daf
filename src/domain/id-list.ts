// Stores any number of job IDs in little memory, in order and each once.

const ID_BYTES = 16;
const ID_WORDS = 4;

/** At most 48 bytes for each ID: as strings in an array and a Set, it would be four times as much. */
export class IdList implements Iterable<string> {
  #bytes = Buffer.alloc(64 * ID_BYTES);
  /** The place of each ID, by its hash: 1 + its index, or 0 if free. Never more than half full. */
  #slots = new Uint32Array(128);
  #length = 0;

  /** @param ids UUIDs in any case */
  static of(ids: Iterable<string>): IdList {
    const list = new IdList();
    for (const id of ids) list.add(id);
    return list;
  }

  get length(): number {
    return this.#length;
  }

  /** @param id a UUID in any case; adding it again changes nothing */
  add(id: string): void {
    const bytes = bytesOf(id);
    const slot = this.#slotOf(bytes);
    if (this.#slots[slot] !== 0) return;
    if (this.#bytes.length === this.#length * ID_BYTES) {
      this.#bytes = Buffer.concat([this.#bytes], 2 * this.#bytes.length);
    }
    this.#bytes.set(bytes, this.#length * ID_BYTES);
    this.#length += 1;
    this.#slots[slot] = this.#length;
    if (2 * this.#length > this.#slots.length) this.#growSlots();
  }

  has(id: string): boolean {
    return this.#slots[this.#slotOf(bytesOf(id))] !== 0;
  }

  *[Symbol.iterator](): Generator<string> {
    for (let index = 0; index < this.#length; index += 1) yield textOf(this.#at(index));
  }

  /** In arrays of `size` IDs, the last of which may be shorter. */
  *pieces(size: number): Generator<string[]> {
    for (let from = 0; from < this.#length; from += size) {
      const count = Math.min(size, this.#length - from);
      yield Array.from({ length: count }, (_, index) => textOf(this.#at(from + index)));
    }
  }

  #at(index: number): Buffer {
    return this.#bytes.subarray(index * ID_BYTES, (index + 1) * ID_BYTES);
  }

  /** The slot of this ID, or the free one that it would get. */
  #slotOf(bytes: Buffer): number {
    const mask = this.#slots.length - 1;
    for (let slot = hashOf(bytes) & mask; ; slot = (slot + 1) & mask) {
      const place = this.#slots[slot] ?? 0;
      if (place === 0 || this.#at(place - 1).equals(bytes)) return slot;
    }
  }

  #growSlots(): void {
    this.#slots = new Uint32Array(2 * this.#slots.length);
    for (let index = 0; index < this.#length; index += 1) {
      this.#slots[this.#slotOf(this.#at(index))] = index + 1;
    }
  }
}

function bytesOf(id: string): Buffer {
  return Buffer.from(id.replaceAll("-", ""), "hex");
}

function textOf(bytes: Buffer): string {
  const hex = bytes.toString("hex");
  const [a, b, c, d] = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20)];
  return `${a}-${b}-${c}-${d}-${hex.slice(20)}`;
}

/** Uses all four words: IDs made one after the other (UUIDv7) share the first one. */
function hashOf(bytes: Buffer): number {
  let hash = 0;
  for (let word = 0; word < ID_WORDS; word += 1) {
    hash = Math.imul(hash ^ bytes.readInt32LE(4 * word), 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  return hash;
}
