// Records every request in order, counts them, and lets a test wait for a count.

const RPC_NAMES = [
  "CreateUser",
  "AddHumanUser",
  "GetUserByID",
  "ListUsers",
  "ListUserMetadata",
  "ListMyZitadelPermissions",
  "GetUserByLoginNameGlobal",
  "GetMyOrg",
] as const;
const CALLED_METHODS = [...RPC_NAMES, "token", "discovery", "ready"] as const;

export type RpcName = (typeof RPC_NAMES)[number];
export type CalledMethod = (typeof CALLED_METHODS)[number];

export interface LoggedCall {
  readonly method: CalledMethod;
  /** As sent, or empty: the first id a ListUsers call asks for. */
  readonly userId: string;
  /** As sent, trimmed; a creation without one shows its email, which Zitadel would take. */
  readonly username: string;
  /** Real clock, milliseconds. */
  readonly at: number;
  readonly authority: string;
  readonly orgHeader: string | null;
  readonly traceparent: string | null;
  /** "OK", "<code> <id>", "HTTP <status>", null while in flight. */
  outcome: string | null;
  /** Kind of the fault that was applied. */
  fault: string | null;
}

export interface Counters {
  readonly requests: Readonly<Record<CalledMethod, number>>;
  /** Creations in flight at the same time, CreateUser and AddHumanUser together. */
  readonly maxConcurrentCreates: number;
}

export class CallLog {
  readonly calls: LoggedCall[] = [];
  readonly #counts = Object.fromEntries(CALLED_METHODS.map((method) => [method, 0])) as Record<
    CalledMethod,
    number
  >;
  #openCreations = 0;
  #maxConcurrentCreates = 0;
  #waiters: { method: CalledMethod; count: number; resolve: () => void }[] = [];

  begin(call: Omit<LoggedCall, "at" | "outcome" | "fault">): LoggedCall {
    const entry: LoggedCall = { ...call, at: Date.now(), outcome: null, fault: null };
    this.calls.push(entry);
    this.#counts[call.method] += 1;
    if (this.#waiters.length > 0) this.#wake();
    return entry;
  }

  /**
   * A request has begun to arrive. The answered function tells that it is over: its answer is
   * about to be sent, or its stream is gone; a second call of it does nothing.
   */
  enter(method: CalledMethod): () => void {
    if (!isCreation(method)) return () => undefined;
    this.#openCreations += 1;
    this.#maxConcurrentCreates = Math.max(this.#maxConcurrentCreates, this.#openCreations);
    let isOpen = true;
    return () => {
      if (isOpen) this.#openCreations -= 1;
      isOpen = false;
    };
  }

  counters(): Counters {
    return { requests: { ...this.#counts }, maxConcurrentCreates: this.#maxConcurrentCreates };
  }

  /** Resolves when that many requests of the method have arrived since the last reset. */
  reached(method: CalledMethod, count: number): Promise<void> {
    return new Promise((resolve) => {
      this.#waiters.push({ method, count, resolve });
      this.#wake();
    });
  }

  #wake(): void {
    this.#waiters = this.#waiters.filter(({ method, count, resolve }) => {
      if (this.#counts[method] < count) return true;
      resolve();
      return false;
    });
  }
}

function isCreation(method: CalledMethod): boolean {
  return method === "CreateUser" || method === "AddHumanUser";
}
