import { RETRYABLE } from '../../procedure/failures.js';
import type { LogRead } from '../logs/log-source.js';
import { failure } from '../support/failure.js';

/** A source that was told to stop gives what it has; one that does not even do that is left behind. */
const GRACE_MS = 2000;

/** One read of a log that comes to an end whatever the source does. */
export class BoundedRead {
  readonly result: Promise<LogRead>;
  readonly #stop = new AbortController();
  readonly #timers: NodeJS.Timeout[] = [];
  #hurried = false;
  #giveUp: (error: Error) => void = () => undefined;

  constructor(
    read: (signal: AbortSignal) => Promise<LogRead>,
    { signal, milliseconds }: { readonly signal: AbortSignal; readonly milliseconds: number },
  ) {
    const began = performance.now();
    const why = (): Error =>
      failure(
        RETRYABLE.targetUnreachable,
        `The log was not read to its end within ${String(Math.round((performance.now() - began) / 1000))} s.`,
      );
    const stop = (): void => {
      this.#stop.abort();
      this.#after(GRACE_MS, () => {
        this.#giveUp(why());
      });
    };
    this.#after(milliseconds, stop);
    signal.addEventListener('abort', stop, { once: true });
    const leftBehind = new Promise<never>((_resolve, reject) => {
      this.#giveUp = reject;
    });
    const reading = Promise.resolve()
      .then(() => read(this.#stop.signal))
      .catch((error: unknown) => {
        throw this.#stop.signal.aborted && !signal.aborted ? why() : error;
      });
    this.result = Promise.race([reading, leftBehind]).finally(() => {
      signal.removeEventListener('abort', stop);
      this.#timers.forEach(clearTimeout);
    });
  }

  /** What was looked for is there: the rest of this read need not be waited for. */
  hurry(milliseconds: number): void {
    if (this.#hurried) return;
    this.#hurried = true;
    this.#after(milliseconds, () => {
      this.#stop.abort();
    });
  }

  #after(milliseconds: number, act: () => void): void {
    this.#timers.push(setTimeout(act, Math.max(0, milliseconds)));
  }
}
