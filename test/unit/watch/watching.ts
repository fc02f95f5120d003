import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Info } from '@temporalio/activity';
import { MockActivityEnvironment } from '@temporalio/testing';
import type {
  FollowLogInput,
  FollowLogOutput,
  LogCursor,
  WatchStateInput,
  WatchStateOutput,
} from '../../../activities/contract.js';
import type { Databases } from '../../../activities/database/database.js';
import { createLogActivities } from '../../../activities/logs/log-activities.js';
import type { LogSource } from '../../../activities/logs/log-source.js';
import type { ActivityDeps } from '../../../activities/support/deps.js';
import { followLog } from '../../../activities/watch/follow-log.js';
import { watchState } from '../../../activities/watch/watch-state.js';
import type { LoadedEnvironment } from '../../../environment/settings.js';
import { testEnvironment } from '../database/environment.js';

/** A log file and a supervisor's command that say what a test wants, watched by the real activities. */
export class Watching {
  private constructor(
    readonly folder: string,
    readonly environment: LoadedEnvironment,
    readonly mark: LogCursor,
  ) {}

  static async start(): Promise<Watching> {
    const folder = await mkdtemp(join(tmpdir(), 'readiness-unit-watch-'));
    await writeFile(join(folder, 'web.log'), 'INFO an older line, long enough to have a head\n');
    const base = testEnvironment();
    const { target } = base.settings;
    if (target.method !== 'env-file') throw new TypeError('the watch of a file needs method D');
    const environment = testEnvironment({
      target: {
        ...target,
        log: { file: join(folder, 'web.log') },
        supervisor: { command: [join(folder, 'supervisorctl')], program: 'web' },
      },
      log: { patterns: { critical: ['too many clients'] } },
    });
    const loadEnvironment = (): Promise<LoadedEnvironment> => Promise.resolve(environment);
    const mark: LogCursor = await new MockActivityEnvironment().run(() =>
      createLogActivities({ loadEnvironment }).markLog({ environment: { name: 'unit', digest: 'd' } }),
    );
    return new Watching(folder, environment, mark);
  }

  get log(): string {
    return join(this.folder, 'web.log');
  }

  stop(): Promise<void> {
    return rm(this.folder, { recursive: true, force: true });
  }

  /** `info` = what Temporal would give the activity, such as the details of the last heartbeat. */
  activity(info: Partial<Info> = {}): MockActivityEnvironment {
    return new MockActivityEnvironment(info);
  }

  /** `source` = a log that is no file. */
  follow(
    changes: Partial<FollowLogInput> = {},
    activity = this.activity(),
    source?: LogSource,
  ): Promise<FollowLogOutput> {
    const input = { ...this.#scope('w'), from: this.mark, maxMs: 1500, ...changes };
    return activity.run(() => followLog(this.environment, input, source));
  }

  watch(
    changes: Partial<WatchStateInput> = {},
    { activity = this.activity(), used = 1 }: { activity?: MockActivityEnvironment; used?: number } = {},
  ): Promise<WatchStateOutput> {
    const input: WatchStateInput = {
      ...this.#scope('s'),
      expected: 'enabled',
      everyMs: 100,
      maxMs: 2500,
      connectionShare: 0.8,
      known: null,
      restartTimes: [],
      ...changes,
    };
    // Only what these looks touch: the counts of one query, and a target that reads /proc and asks the supervisor.
    const databases = {
      withDatabase: () => Promise.resolve({ used, usable: 100, applications: [] }),
    } as unknown as Databases;
    const deps = { resolveSecret: () => Promise.resolve('x') } as unknown as ActivityDeps;
    return activity.run(() => watchState({ deps, databases }, this.environment, input));
  }

  /** What the supervisor's command does from now on, as a shell script. */
  async supervisor(script: string): Promise<void> {
    const path = join(this.folder, 'supervisorctl');
    await writeFile(path, `#!/bin/sh\n${script}\n`);
    await chmod(path, 0o755);
  }

  #scope(observationId: string): Pick<FollowLogInput, 'environment' | 'evidence' | 'tag' | 'observationId'> {
    return {
      environment: { name: 'unit', digest: 'd' },
      evidence: { name: 'x', path: this.folder },
      tag: '0a1b2c3d',
      observationId,
    };
  }
}
