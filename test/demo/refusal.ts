// Why the demo does not even begin: said in one message, without a stack.

export class Refusal extends Error {
  readonly exitCode: 64 | 75;

  constructor(exitCode: 64 | 75, message: string) {
    super(message);
    this.exitCode = exitCode;
  }
}
