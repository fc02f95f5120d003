import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { lastLines } from './files.js';
import { LabError, messageOf } from './lab-error.js';
import { identityOf, isAlive, type ProcessIdentity } from './process-identity.js';

/** A process of the lab that lives on when its parent dies. */
export interface DetachedProcess {
  /** What people call it. */
  readonly title: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly logFile: string;
  readonly user?: { readonly uid: number; readonly gid: number } | undefined;
}

/**
 * Starts a process in a session of its own, so that neither Ctrl-C in the terminal nor the death of this process
 * reaches it. Its output goes to its log file.
 */
export async function spawnDetached(what: DetachedProcess): Promise<ProcessIdentity> {
  mkdirSync(dirname(what.logFile), { recursive: true });
  const log = openSync(what.logFile, 'a', 0o600);
  try {
    const child = spawn(what.command, what.args, {
      cwd: what.cwd,
      env: what.env,
      detached: true,
      stdio: ['ignore', log, log],
      ...(what.user === undefined ? {} : { uid: what.user.uid, gid: what.user.gid }),
    });
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', reject);
    });
    child.unref();
    const identity = child.pid === undefined ? undefined : identityOf(child.pid);
    if (identity === undefined) throw new Error('it ended at once');
    return identity;
  } catch (error) {
    throw new LabError(
      `${what.title} could not be started (${what.command}): ${messageOf(error)}`,
      `see ${what.logFile}`,
      { cause: error },
    );
  } finally {
    closeSync(log);
  }
}

/** What to wait for after a start. */
export interface ReadyCheck {
  readonly title: string;
  readonly process: ProcessIdentity;
  readonly logFile: string;
  readonly withinMs: number;
  readonly next: string;
  /** Resolves to true when it is ready; false or an error means "not yet". */
  readonly probe: () => Promise<boolean>;
}

/** Waits until a process answers; when it dies or takes too long, the message holds the last lines of its log. */
export async function waitUntilReady(check: ReadyCheck): Promise<void> {
  const deadline = performance.now() + check.withinMs;
  let lastProblem = 'no answer';
  for (;;) {
    try {
      if (await check.probe()) return;
    } catch (error) {
      lastProblem = messageOf(error);
    }
    const alive = isAlive(check.process);
    if (!alive || performance.now() > deadline) {
      const how = alive
        ? `was not ready within ${check.withinMs / 1000} s (${lastProblem})`
        : 'ended while it started';
      throw new LabError(
        `${check.title} ${how}. The end of ${check.logFile}:\n${await lastLines(check.logFile)}`,
        check.next,
      );
    }
    await delay(40);
  }
}
