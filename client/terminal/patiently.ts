import type { Interrupted } from '../user-error.js';
import type { Output } from './output.js';

/** Nothing is said about a wait shorter than this. */
const QUIET_MS = 2000;

/**
 * Waits for something that may take long: tells after two seconds what is waited for and for how long already, and
 * gives the person the terminal back at once on Ctrl-C.
 */
export async function patiently<T>(
  work: Promise<T>,
  of: {
    readonly output: Output;
    readonly interrupted: AbortSignal;
    /** What is waited for, e.g. `waiting for a worker`; empty = say nothing. */
    readonly text: () => string;
    readonly onInterrupt: () => Interrupted;
  },
): Promise<T> {
  const began = Date.now();
  const ticker = setInterval(() => {
    const waited = Date.now() - began;
    if (waited >= QUIET_MS && of.text() !== '')
      of.output.progress(`${of.text()} … ${String(Math.floor(waited / 1000))} s`);
  }, 1000);
  let stop: (() => void) | undefined;
  const stopped = new Promise<never>((_resolve, reject) => {
    stop = () => {
      reject(of.onInterrupt());
    };
    if (of.interrupted.aborted) stop();
    else of.interrupted.addEventListener('abort', stop, { once: true });
  });
  // Whichever loses the race may fail later, when nobody listens any more.
  work.catch(() => undefined);
  stopped.catch(() => undefined);
  try {
    return await Promise.race([work, stopped]);
  } finally {
    clearInterval(ticker);
    if (stop !== undefined) of.interrupted.removeEventListener('abort', stop);
    of.output.clear();
  }
}
