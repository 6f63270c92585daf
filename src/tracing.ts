// The port to traces: spans around the parts of a run, and the tracer of runs that nobody traces.

/** Never a name, an address or a password of a person: what is traced leaves the house. */
export type Attributes = Readonly<Record<string, string | number | boolean>>;

export interface Span {
  /** W3C trace context, to be sent along and kept; null where nothing is traced. */
  readonly traceparent: string | null;
  set(attributes: Attributes): void;
  /** @param type a short word of few, such as an error code: a message may quote people */
  fail(type: string): void;
}

export interface StepSettings {
  readonly attributes?: Attributes;
  /** The table of a step that is one statement: it is traced as a call to Postgres. */
  readonly table?: string;
  /** The W3C trace context of what somebody else began; anything that is none is passed over. */
  readonly link?: string | null;
}

export interface Tracer {
  /** Whether anything comes of the spans. */
  readonly on: boolean;
  /** A part of the run, wherever it is called from. What `work` throws fails the span by its class. */
  step<T>(name: string, settings: StepSettings, work: (span: Span) => Promise<T>): Promise<T>;
  /** A call to another system, within the step that makes it. */
  call<T>(name: string, attributes: Attributes, work: (span: Span) => Promise<T>): Promise<T>;
}

const NO_SPAN: Span = { traceparent: null, set: () => undefined, fail: () => undefined };

export const NO_TRACES: Tracer = {
  on: false,
  step: (_name, _settings, work) => work(NO_SPAN),
  call: (_name, _attributes, work) => work(NO_SPAN),
};
