// The faults a test can order: which calls they hit, and what happens to those calls.
import type { CalledMethod } from "./call-log.ts";
import type { NamedFailure } from "./named-failures.ts";

interface FaultSelector {
  readonly method: CalledMethod | "*";
  /** Every given value must equal the call's. The username of a creation is its effective one. */
  readonly match?: { readonly username?: string; readonly userId?: string };
  /** How often it strikes; default for ever. */
  readonly times?: number;
  /** Matching calls to let pass first. */
  readonly skip?: number;
  /** 0 to 1; drawn from a generator seeded with `seed`. */
  readonly probability?: number;
  readonly seed?: number;
}

type FaultMoment = "before" | "after";

interface StatusAnswer {
  readonly code: number;
  /** Absent: no detail and no id in the message, unless `detail` is true (then an empty id). */
  readonly id?: string;
  readonly message?: string;
  /** False: the id goes into the message only. */
  readonly detail?: boolean;
}

/** "Commit" means that the call is served as usual, except that its answer is not sent. */
export type FaultEffect =
  | ({ readonly kind: "grpc" } & StatusAnswer)
  | ({ readonly kind: "commit-then-status" } & StatusAnswer)
  /** As a proxy answers: no grpc-status. `commit`: the call got through before (a 504, say). */
  | {
      readonly kind: "http";
      readonly status: number;
      readonly retryAfter?: string | number;
      readonly body?: string;
      readonly contentType?: string;
      readonly commit?: boolean;
    }
  /** Served after (or answered after) a while, whether the client is still there or not. */
  | { readonly kind: "delay"; readonly ms: number; readonly at?: FaultMoment }
  /** Never answered. */
  | { readonly kind: "hang"; readonly commit?: boolean }
  /** Destroys the TCP connection, and with it every other call on it. */
  | { readonly kind: "commit-then-drop" }
  | { readonly kind: "drop-before-commit" }
  | { readonly kind: "rst"; readonly at: FaultMoment; readonly errorCode?: number }
  /**
   * GOAWAY. With error code 0 (default) the call is still served and answered, as in a graceful
   * shutdown; with another code the connection ends, after the commit unless `commit` is false.
   */
  | { readonly kind: "goaway"; readonly errorCode?: number; readonly commit?: boolean }
  /** Held until `release(name)`, then served (or answered) as usual. */
  | { readonly kind: "pause"; readonly name: string; readonly at: FaultMoment }
  /** Token endpoint: 400 as for a bad assertion; 200 without a token; 200 that is not JSON. */
  | { readonly kind: "invalid-grant" | "no-token" | "garbage-json" }
  | { readonly kind: NamedFailure; readonly message?: string };

export type Fault = FaultSelector & FaultEffect;

export type Protocol = "grpc" | "http";

/** Which of the two protocols a kind can strike; a `*` fault passes over the other. */
export function fitsProtocol(kind: Fault["kind"], protocol: Protocol): boolean {
  switch (kind) {
    case "http":
    case "delay":
    case "hang":
    case "commit-then-drop":
    case "drop-before-commit":
    case "pause":
    case "quota-exhausted":
    case "instance-blocked":
    case "instance-not-found-db":
      return true;
    case "invalid-grant":
    case "no-token":
    case "garbage-json":
      return protocol === "http";
    default:
      return protocol === "grpc";
  }
}
