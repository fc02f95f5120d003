import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { setTimeout as pause } from 'node:timers/promises';

import type { Client, WorkflowHandle } from '@temporalio/client';
import type { RunStatus, WaitingStatus } from '../../procedure/status.js';
import type { Lab } from '../lab.js';
import type { DemoOptions } from './options.js';

export interface CarryOut {
  readonly client: Client;
  readonly lab: Lab;
  readonly options: DemoOptions;
  readonly workflowId: string;
}

const AUTOMATIC = { by: 'automatic: demo --yes', reason: 'approved by the demo itself' };

/** Starts the run through the product's own command line, which shows its progress, and answers its gates meanwhile. */
export async function carryOut({ client, lab, options, workflowId }: CarryOut): Promise<number> {
  const cli = spawn(
    process.execPath,
    [
      join(lab.projectFolder, 'dist', 'client', 'main.js'),
      ...['--address', lab.temporalAddress, '--ui', lab.temporalUi],
      ...['start', '--environment', 'lab', '--id', workflowId, '--wait'],
      ...['--soak', options.soak],
      ...(options.soakInterval === undefined ? [] : ['--soak-interval', options.soakInterval]),
      ...['--started-by', 'demo', '--reason', 'npm run demo', '--fail-fast'],
    ],
    { stdio: ['ignore', 'inherit', 'inherit'] },
  );
  const exit = once(cli, 'exit') as Promise<[number | null]>;
  const ended = new AbortController();
  void exit.finally(() => {
    ended.abort();
  });
  const onInterrupt = (): void => {
    process.stderr.write('\nInterrupted: the run is cancelled and rolled back before the lab ends.\n');
    void client.workflow.getHandle(workflowId).cancel();
  };
  process.once('SIGINT', onInterrupt);
  try {
    await answerGates(client.workflow.getHandle(workflowId), options.yes, ended.signal);
    const [code] = await exit;
    return code ?? 130;
  } finally {
    process.off('SIGINT', onInterrupt);
  }
}

/** Decides every gate, by itself or by asking on the terminal, until the run is over. */
async function answerGates(run: WorkflowHandle, yes: boolean, ended: AbortSignal): Promise<void> {
  let answered = '';
  while (!ended.aborted) {
    await pause(500, undefined, { signal: ended }).catch(() => undefined);
    const status = await run.query<RunStatus>('status').catch(() => null);
    const waiting = status?.waiting ?? null;
    if (waiting?.kind !== 'gate' || waiting.digest === null || waiting.digest === answered) continue;
    const answer = yes ? { command: 'approve', ...AUTOMATIC } : await ask(waiting, ended);
    if (answer === null) continue;
    answered = waiting.digest;
    const { command, by, reason } = answer;
    await run
      .executeUpdate(command, { args: [{ gate: waiting.gate, digest: waiting.digest, by, reason }] })
      .catch((error: unknown) => {
        answered = '';
        process.stderr.write(
          `${error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error)}\n`,
        );
      });
  }
}

async function ask(
  waiting: WaitingStatus,
  ended: AbortSignal,
): Promise<{ command: string; by: string; reason: string } | null> {
  if (!process.stdin.isTTY) {
    // Nobody can type here: the page and the command line that were just printed are the ways to decide.
    await pause(2000, undefined, { signal: ended }).catch(() => undefined);
    return null;
  }
  // The command line has just printed the proof; let it finish.
  await pause(1500, undefined, { signal: ended }).catch(() => undefined);
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    const options = { signal: ended };
    const answer = await terminal.question(
      `\nGate ${waiting.gate ?? ''}: ${waiting.title}? [y = approve, n = reject] `,
      options,
    );
    const by = await terminal.question('Your name: ', options);
    const reason = await terminal.question('Reason (may be empty): ', options);
    return { command: /^y(es)?$/i.test(answer.trim()) ? 'approve' : 'reject', by, reason };
  } catch {
    return null;
  } finally {
    terminal.close();
  }
}
