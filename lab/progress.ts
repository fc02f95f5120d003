/** What a step of the lab's set-up tells about itself. */
export interface ProgressEvent {
  readonly step: string;
  readonly state: 'started' | 'running' | 'done' | 'failed';
  readonly seconds: number;
}

/** Takes the events of all steps; several steps run at the same time. */
export type OnProgress = (event: ProgressEvent) => void;

/** Steps shorter than this are not worth a line. */
const WORTH_A_LINE_SECONDS = 2;

/** Runs one step and reports it: when it starts, every second while it runs, and how it ended. */
export async function timedStep<T>(onProgress: OnProgress, step: string, work: () => Promise<T>): Promise<T> {
  const start = performance.now();
  const tell = (state: ProgressEvent['state']): void => {
    onProgress({ step, state, seconds: (performance.now() - start) / 1000 });
  };
  tell('started');
  const timer = setInterval(() => tell('running'), 1000);
  try {
    const result = await work();
    tell('done');
    return result;
  } catch (error) {
    tell('failed');
    throw error;
  } finally {
    clearInterval(timer);
  }
}

/** Ignores every event. */
export const silent: OnProgress = () => undefined;

/**
 * Shows the steps that take longer than two seconds. On a terminal one line is kept up to date with all that are
 * running; elsewhere each such step gets one line when it turns out to be long and one when it has ended.
 */
export function showProgress(stream: NodeJS.WriteStream): OnProgress {
  const running = new Map<string, number>();
  const announced = new Set<string>();
  const drawStatus = (): void => {
    if (!stream.isTTY) return;
    const line = [...running].map(([step, seconds]) => `${step} ${Math.floor(seconds)} s`).join(' · ');
    stream.write(`\r\u001b[K${line === '' ? '' : `… ${line}`.slice(0, (stream.columns || 80) - 1)}`);
  };
  const printLine = (line: string): void => {
    stream.write(`${stream.isTTY ? '\r\u001b[K' : ''}${line}\n`);
    drawStatus();
  };
  return ({ step, state, seconds }) => {
    if (state === 'started') return;
    if (state === 'running') {
      if (seconds < WORTH_A_LINE_SECONDS) return;
      running.set(step, seconds);
      if (!stream.isTTY && !announced.has(step)) printLine(`… ${step}`);
      announced.add(step);
      drawStatus();
      return;
    }
    running.delete(step);
    announced.delete(step);
    if (state === 'failed') printLine(`✗ ${step}: failed after ${seconds.toFixed(1)} s`);
    else if (seconds >= WORTH_A_LINE_SECONDS) printLine(`✓ ${step} (${seconds.toFixed(1)} s)`);
    else drawStatus();
  };
}
