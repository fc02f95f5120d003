import { createInterface } from 'node:readline/promises';

/** Everything that a command has of the world around it but Temporal and files; replaced in tests. */
export interface Io {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** A person sits there and can be asked: standard input and standard error are terminals. */
  readonly canAsk: boolean;
  /** Whether each stream is a terminal that takes colours and lines that change in place. */
  readonly terminal: { readonly out: boolean; readonly err: boolean };
  out(text: string): void;
  err(text: string): void;
  /** The answer to a question, asked on standard error; empty when the person ended the input. */
  ask(question: string): Promise<string>;
  /** Aborted by Ctrl-C or SIGTERM. */
  readonly interrupted: AbortSignal;
  now(): Date;
}

/** The real one. The first Ctrl-C ends a wait in order, the second ends the process. */
export function processIo(): Io {
  const stop = new AbortController();
  const onSignal = (): void => {
    if (stop.signal.aborted) process.exit(130);
    stop.abort();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  // A reader that went away (`readiness list | head`) is no error.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    process.exit(error.code === 'EPIPE' ? 0 : 1);
  });
  return {
    env: process.env,
    cwd: process.cwd(),
    canAsk: process.stdin.isTTY && process.stderr.isTTY,
    terminal: { out: process.stdout.isTTY, err: process.stderr.isTTY },
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    ask: (question) => askOnTerminal(question, stop),
    interrupted: stop.signal,
    now: () => new Date(),
  };
}

/** One question. Ctrl-D is an empty answer; Ctrl-C is one too, and an interruption: readline takes it from the process. */
async function askOnTerminal(question: string, stop: AbortController): Promise<string> {
  const reader = createInterface({ input: process.stdin, output: process.stderr });
  const closed = new Promise<string>((resolve) => {
    reader.once('close', () => {
      resolve('');
    });
  });
  reader.once('SIGINT', () => {
    stop.abort();
    reader.close();
  });
  try {
    return await Promise.race([reader.question(question), closed]);
  } finally {
    reader.close();
  }
}
