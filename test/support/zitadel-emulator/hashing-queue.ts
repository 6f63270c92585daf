// Makes plain passwords cost time like a single CPU core does: one after the other.
import { setTimeout as delay } from "node:timers/promises";

export class HashingQueue {
  #last: Promise<void> = Promise.resolve();

  hash(costMs: number): Promise<void> {
    if (costMs <= 0) return Promise.resolve();
    this.#last = this.#last.then(() => delay(costMs));
    return this.#last;
  }
}
