// Lets a signal end a wait during which nothing has been changed yet.

/** Its message is the signal's name. */
export class Interrupted extends Error {
  constructor(signal: AbortSignal) {
    super(String(signal.reason));
    this.name = "Interrupted";
  }
}

/**
 * The wait itself continues; the caller must end it.
 * @throws Interrupted
 */
export async function orInterrupted<T>(wait: Promise<T>, signal: AbortSignal): Promise<T> {
  let onAbort = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(new Interrupted(signal));
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort);
  });
  wait.catch(() => undefined);
  try {
    return await Promise.race([wait, aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
