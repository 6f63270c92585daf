// The port to traces: spans around the parts of a run, and a tracer that does nothing.

/** Never a name, an address or a password of a person: traces go to another system. */
export type Attributes = Readonly<Record<string, string | number | boolean>>;

export interface Span {
  /** W3C trace context, to send and to store; null if nothing is traced. */
  readonly traceparent: string | null;
  set(attributes: Attributes): void;
  /** @param type one of a few short words, such as an error code: a message may quote people */
  fail(type: string): void;
}

export interface StepSettings {
  readonly attributes?: Attributes;
  /** The table, if the step is a single statement: it is traced as a call to Postgres. */
  readonly table?: string;
  /** The W3C trace context of another request; invalid ones are ignored. */
  readonly link?: string | null;
}

export interface Tracer {
  /** Whether spans are recorded. */
  readonly on: boolean;
  /** A part of the run. If `work` throws, the span fails with the class of the error. */
  step<T>(name: string, settings: StepSettings, work: (span: Span) => Promise<T>): Promise<T>;
  /** A call to another system, within its step. */
  call<T>(name: string, attributes: Attributes, work: (span: Span) => Promise<T>): Promise<T>;
}

const NO_SPAN: Span = { traceparent: null, set: () => undefined, fail: () => undefined };

export const NO_TRACES: Tracer = {
  on: false,
  step: (_name, _settings, work) => work(NO_SPAN),
  call: (_name, _attributes, work) => work(NO_SPAN),
};
