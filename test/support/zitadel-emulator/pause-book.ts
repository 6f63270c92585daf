// Holds calls at a named point until they are released, and reports when one has arrived there.

export class PauseBook {
  readonly #held = new Map<string, (() => void)[]>();
  #waiters: { name: string; count: number; resolve: () => void }[] = [];

  hold(name: string): Promise<void> {
    return new Promise((resolve) => {
      this.#held.set(name, [...(this.#held.get(name) ?? []), resolve]);
      this.#wake();
    });
  }

  /** Lets the calls that are held now go on; a later one is held again. Answers how many. */
  release(name: string): number {
    const held = this.#held.get(name) ?? [];
    this.#held.delete(name);
    for (const resume of held) resume();
    return held.length;
  }

  releaseAll(): void {
    for (const name of this.#held.keys()) this.release(name);
  }

  /** Resolves when that many calls are held under the name. */
  reached(name: string, count: number): Promise<void> {
    return new Promise((resolve) => {
      this.#waiters.push({ name, count, resolve });
      this.#wake();
    });
  }

  #wake(): void {
    this.#waiters = this.#waiters.filter(({ name, count, resolve }) => {
      if ((this.#held.get(name)?.length ?? 0) < count) return true;
      resolve();
      return false;
    });
  }
}
