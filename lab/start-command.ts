import { describeLab } from './describe.js';
import { writeLabEnvironment } from './environment-file.js';
import { keepRunning } from './keeper.js';
import { LabError } from './lab-error.js';
import { runningLab, type Lab } from './lab.js';
import { showProgress, timedStep, type OnProgress } from './progress.js';
import { startLab } from './start-lab.js';
import { abandonStart } from './stop-lab.js';
import { startWorker } from './worker.js';

const say = (line: string): boolean => process.stdout.write(`${line}\n`);

/** `lab start`: returns the exit code when the lab has ended. */
export async function startCommand(folder: string, fresh: boolean): Promise<number> {
  const interrupt = new AbortController();
  let starting = true;
  const onSignal = (name: NodeJS.Signals): void => {
    if (interrupt.signal.aborted) return;
    interrupt.abort();
    say('\nEnding the lab …');
    // Nothing waits for a start that is no longer wanted: what it has started so far is ended, and that is all.
    if (starting) void abandonStart(folder).finally(() => process.exit(exitCodeOf(name)));
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, onSignal);

  const onProgress = showProgress(process.stderr);
  const lab = await startOrFind(folder, fresh, onProgress);
  if (lab.mine === undefined) {
    say(`The lab is up already.\n\n${describeLab(lab.other)}`);
    return 0;
  }
  const mine = lab.mine;
  const worker = (): Promise<unknown> =>
    timedStep(onProgress, 'Starting the worker', () => startWorker(mine));
  try {
    await writeLabEnvironment(mine, mine.projectFolder);
    await worker();
    starting = false;
    say(
      `The lab is up.\n\n${describeLab(mine)}\n\nCtrl-C ends it (or, from elsewhere, npm run lab -- stop).`,
    );
    const how = await keepRunning({ lab: mine, startWorker: worker, tell: say, signal: interrupt.signal });
    if (how === 'ended elsewhere') {
      say('The lab was ended from elsewhere.');
      return 0;
    }
    return 0;
  } finally {
    await mine.stop();
  }
}

type Found = { readonly mine: Lab } | { readonly mine: undefined; readonly other: Lab };

async function startOrFind(folder: string, fresh: boolean, onProgress: OnProgress): Promise<Found> {
  const before = await runningLab(folder);
  if (before !== undefined) return { mine: undefined, other: before };
  try {
    return { mine: await startLab({ folder, fresh, onProgress }) };
  } catch (error) {
    // Another start was under way, and this one has waited for it.
    const other = error instanceof LabError ? await runningLab(folder) : undefined;
    if (other === undefined) throw error;
    return { mine: undefined, other };
  }
}

function exitCodeOf(name: NodeJS.Signals): number {
  return name === 'SIGTERM' ? 143 : name === 'SIGHUP' ? 129 : 130;
}
