import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import {
  Client,
  Connection,
  WorkflowFailedError,
  type ApplicationFailure,
  type WorkflowHandle,
  type WorkflowOptions,
} from '@temporalio/client';
import pg from 'pg';
import { writeLabEnvironment } from '../../lab/environment-file.js';
import type { Lab } from '../../lab/lab.js';
import { projectFolder } from '../../lab/project.js';
import { startLab } from '../../lab/start-lab.js';
import { startWorker, type LabWorker } from '../../lab/worker.js';
import type { RunResult, RunStatus } from '../../procedure/status.js';
import { makeLabFolder } from './lab-folder.js';
import { tellOpenRuns } from './open-runs.js';
import { replayAll } from './replay.js';
import { saveHistories } from './saved-histories.js';
import { searchForSecrets } from './secrets.js';

export interface RigOptions {
  /** Merged over the top level of the lab's environment file. */
  readonly environment?: Readonly<Record<string, unknown>>;
  readonly lab?: Readonly<Record<string, unknown>>;
  /** More variables for the worker, e.g. READINESS_SWEEP. */
  readonly worker?: Readonly<Record<string, string>>;
}

/** Few creates, fast, no other writes timed, no claim about p95 and no query counts (seconds a side), unless a test wants it otherwise. */
function quick(overrides: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { samples } = overrides;
  const wanted = typeof samples === 'object' && samples !== null ? samples : { measured: 20, warmUp: 3 };
  const others = {
    memberAdd: 0,
    settings: 0,
    roleUpdate: 0,
    memberRemove: 0,
    queryCounts: false,
    secondBaseline: false,
  };
  return { ...overrides, samples: { claim: 'none', ratePerSecond: 20, ...others, ...wanted } };
}

/** How a run ended, whichever way its workflow closed. */
export interface RunEnd {
  readonly result: RunResult;
  readonly closedAs: string;
}

/**
 * Everything real that a test needs: a Temporal server, PostgreSQL, the sample application under its supervisor and a
 * worker, all its own. Closing it replays the history of every workflow that was started, and looks for secrets.
 */
export class Rig {
  readonly #connections: { close(): Promise<void> }[] = [];
  #count = 0;

  readonly lab: Lab;
  readonly client: Client;
  readonly environments: string;
  readonly database: pg.Pool;
  worker: LabWorker;
  readonly #workerEnv: Readonly<Record<string, string>>;

  private constructor(
    parts: Pick<Rig, 'lab' | 'client' | 'environments' | 'database' | 'worker'>,
    workerEnv: Readonly<Record<string, string>>,
  ) {
    this.#workerEnv = workerEnv;
    ({
      lab: this.lab,
      client: this.client,
      environments: this.environments,
      database: this.database,
      worker: this.worker,
    } = parts);
  }

  static async start(options: RigOptions = {}): Promise<Rig> {
    const folder = await makeLabFolder('readiness-rig-');
    const lab = await startLab({ folder, throttleAnon: 'off', throttleUser: 'off', ...options.lab });
    const environments = join(folder, 'environments');
    await writeLabEnvironment(lab, projectFolder(), {
      environmentsFolder: environments,
      overrides: quick(options.environment ?? {}),
    });
    const env = options.worker ?? {};
    const worker = await startWorker(lab, { environmentsFolder: environments, env });
    const connection = await Connection.connect({ address: lab.temporalAddress });
    const client = new Client({ connection, namespace: lab.namespace });
    const database = new pg.Pool({
      connectionString: lab.applicationDatabaseUrl,
      max: 3,
      allowExitOnIdle: true,
    });
    database.on('error', () => undefined);
    const rig = new Rig({ lab, client, environments, database, worker }, env);
    rig.#connections.push(connection);
    return rig;
  }

  /** One more worker, of the same settings. */
  startWorker(): Promise<LabWorker> {
    return startWorker(this.lab, { environmentsFolder: this.environments, env: this.#workerEnv });
  }

  /** Another environment file on the same lab. */
  async environment(name: string, overrides: Readonly<Record<string, unknown>>): Promise<string> {
    return writeLabEnvironment(this.lab, projectFolder(), {
      environmentsFolder: this.environments,
      name,
      overrides: quick(overrides),
    });
  }

  async run(
    input: Readonly<Record<string, unknown>>,
    options: Pick<WorkflowOptions, 'workflowRunTimeout' | 'workflowExecutionTimeout'> = {},
  ): Promise<WorkflowHandle> {
    this.#count += 1;
    return this.client.workflow.start('readinessRun', {
      ...options,
      taskQueue: 'readiness',
      workflowId: `test-${String(this.#count)}-${String(Date.now())}`,
      args: [{ environment: 'lab', soak: '0s', ...input }],
    });
  }

  status(run: WorkflowHandle): Promise<RunStatus> {
    return run.query<RunStatus>('status');
  }

  /** Waits until the run's status is as wanted; fails at once when the run has ended otherwise. */
  async until(
    run: WorkflowHandle,
    wanted: (status: RunStatus) => boolean,
    milliseconds = 120_000,
  ): Promise<RunStatus> {
    const deadline = Date.now() + milliseconds;
    for (;;) {
      const status = await this.status(run).catch(() => null);
      if (status !== null && wanted(status)) return status;
      if (status?.outcome != null)
        throw new Error(`the run ended as ${status.outcome}: ${status.journal.at(-1)?.text ?? ''}`);
      if (Date.now() > deadline)
        throw new Error(
          `the run did not get there in time; it says ${JSON.stringify(status?.journal.slice(-5))}`,
        );
      await pause(150);
    }
  }

  gate(run: WorkflowHandle, gate: string): Promise<RunStatus> {
    return this.until(run, (status) => status.waiting?.gate === gate);
  }

  attention(run: WorkflowHandle): Promise<RunStatus> {
    return this.until(run, (status) => status.waiting?.kind === 'attention');
  }

  async decide(
    run: WorkflowHandle,
    gate: string,
    how: { command?: 'approve' | 'reject'; via?: 'update' | 'signal'; extra?: object } = {},
  ): Promise<void> {
    const status = await this.gate(run, gate);
    const payload = {
      gate,
      digest: status.waiting?.digest,
      by: 'Ada',
      reason: 'looked at the proof',
      ...how.extra,
    };
    const command = how.command ?? 'approve';
    if (how.via === 'signal') await run.signal(command, payload);
    else await run.executeUpdate(command, { args: [payload] });
    await this.until(
      run,
      (now) => now.decisions.some((one) => one.digest === payload.digest) || now.outcome !== null,
    ).catch((error: unknown) => {
      if (!(error instanceof Error) || !error.message.startsWith('the run ended')) throw error;
    });
  }

  /** Approves every gate until the run is over. */
  async approveAll(run: WorkflowHandle): Promise<RunEnd> {
    const over = this.end(run);
    let ended = false;
    void over.finally(() => {
      ended = true;
    });
    let answered = '';
    while (!ended) {
      const status = await this.status(run).catch(() => null);
      const waiting = status?.waiting;
      if (waiting?.kind === 'gate' && waiting.digest !== null && waiting.digest !== answered) {
        answered = waiting.digest;
        await run
          .executeUpdate('approve', {
            args: [{ gate: waiting.gate, digest: waiting.digest, by: 'Ada', reason: 'looked at the proof' }],
          })
          .catch(() => {
            answered = '';
          });
      }
      await pause(200);
    }
    return over;
  }

  async end(run: WorkflowHandle): Promise<RunEnd> {
    try {
      const result = (await run.result()) as RunResult;
      return { result, closedAs: 'COMPLETED' };
    } catch (error) {
      if (!(error instanceof WorkflowFailedError)) throw error;
      const closedAs = (await run.describe()).status.name;
      if (closedAs === 'CANCELLED') return { result: await run.query<RunResult>('result'), closedAs };
      const details =
        error.cause !== undefined && 'details' in error.cause
          ? (error.cause as ApplicationFailure).details
          : undefined;
      return { result: details?.[0] as RunResult, closedAs };
    }
  }

  /** How often the supervisor has started the application so far. */
  async spawns(): Promise<number> {
    const log = await readFile(join(this.lab.folder, 'web', 'logs', 'supervisord.log'), 'utf8').catch(
      () => '',
    );
    return log.split('\n').filter((line) => line.includes(`spawned: '${this.lab.supervisorProgram}'`)).length;
  }

  /**
   * How often somebody has told the supervisor to stop or restart the application; a process that ended by itself is
   * logged as "exited". Not the lines "waiting for … to stop": a stop that takes longer than 2 s repeats them.
   */
  async orderedStops(): Promise<number> {
    const log = await readFile(join(this.lab.folder, 'web', 'logs', 'supervisord.log'), 'utf8').catch(
      () => '',
    );
    return log.split('\n').filter((line) => line.includes(`stopped: ${this.lab.supervisorProgram} (`)).length;
  }

  /** ENABLED as every serving process carries it, e.g. `["true","true"]`. */
  async servedFlags(): Promise<string[]> {
    const pids = await this.lab.servingPids();
    return Promise.all(
      pids.map(async (pid) => {
        const environment = await readFile(`/proc/${String(pid)}/environ`, 'utf8');
        return /(?:^|\0)TEAM_VNEXT_DUAL_WRITE_ENABLED=([^\0]*)/.exec(environment)?.[1] ?? 'absent';
      }),
    );
  }

  async teams(pattern: string): Promise<{ vnext: number; legacy: number; mapped: number }> {
    const count = async (sql: string): Promise<number> =>
      Number((await this.database.query<{ count: string }>(sql, [pattern])).rows[0]?.count);
    return {
      vnext: await count('SELECT count(*) FROM organizations_team WHERE name LIKE $1'),
      legacy: await count('SELECT count(*) FROM teams_team WHERE name LIKE $1'),
      mapped: await count(
        'SELECT count(*) FROM organizations_migration_map m JOIN organizations_team t ON t.id = m.vnext_team_id WHERE t.name LIKE $1',
      ),
    };
  }

  /** Faults off, flags at baseline: the ground on which the next run of the same test file begins. */
  async reset(): Promise<void> {
    await this.lab.setFaults([]);
    await this.lab.resetFlags();
  }

  /** `replay: false` where a test's own workflow code took part. */
  async close(options: { readonly replay: boolean } = { replay: true }): Promise<void> {
    try {
      await tellOpenRuns(this.client, this.lab.folder);
      await searchForSecrets(this.lab, this.client);
      if (!options.replay) return;
      await replayAll(this.client);
      if (process.env['READINESS_SAVE_HISTORIES'] !== undefined) await saveHistories(this.client, this.lab);
    } finally {
      await this.database.end();
      await Promise.all(this.#connections.map((one) => one.close()));
      await this.lab.stop();
      await rm(this.lab.folder, { recursive: true, force: true });
    }
  }
}
