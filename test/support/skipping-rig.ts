import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { ApplicationFailure, WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import proto from '@temporalio/proto';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import { writeLabEnvironment } from '../../lab/environment-file.js';
import type { Lab } from '../../lab/lab.js';
import { projectFolder } from '../../lab/project.js';
import { startLab } from '../../lab/start-lab.js';
import { timeSkippingExecutable } from '../../lab/test-server.js';
import { SEARCH_ATTRIBUTES } from '../../procedure/search-attributes.js';
import type { RunResult, RunStatus } from '../../procedure/status.js';
import { createActivities, type WiredActivities } from '../../worker/activities.js';
import { BUNDLE_PATH } from '../../worker/bundle-path.js';
import { makeLabFolder } from './lab-folder.js';
import { saveThose } from './saved-histories.js';

/**
 * The real lab and the real activities under a Temporal server that skips time, so that gates of a day and soaks of days
 * end in seconds. One server a test: time is global in it.
 */
export class SkippingRig {
  private constructor(
    readonly lab: Lab,
    readonly environments: string,
  ) {}

  static async start(overrides: Readonly<Record<string, unknown>> = {}): Promise<SkippingRig> {
    const folder = await makeLabFolder('readiness-skip-');
    const lab = await startLab({ folder, throttleAnon: 'off', throttleUser: 'off', temporal: false });
    const environments = join(folder, 'environments');
    await writeLabEnvironment(lab, projectFolder(), {
      environmentsFolder: environments,
      overrides: {
        samples: {
          ...{ measured: 3, warmUp: 1, claim: 'none', ratePerSecond: 50 },
          ...{ queryCounts: false, secondBaseline: false },
        },
        testing: { guardianWatch: false },
        ...overrides,
      },
    });
    process.env['STAGING_DATABASE_URL'] = lab.readinessDatabaseUrl;
    return new SkippingRig(lab, environments);
  }

  /** Runs a test body with a server and a worker of its own; replays what it started. */
  async within<T>(body: (skipping: Skipping) => Promise<T>): Promise<T> {
    const server = await timeSkippingExecutable();
    if (!server.available) throw new Error(`the time-skipping server is not to be had: ${server.reason}`);
    const environment = await TestWorkflowEnvironment.createTimeSkipping({
      server: { executable: server.executable },
    });
    await environment.connection.operatorService.addSearchAttributes({
      namespace: environment.namespace ?? 'default',
      searchAttributes: Object.fromEntries(
        SEARCH_ATTRIBUTES.map((name) => [
          name,
          proto.temporal.api.enums.v1.IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
        ]),
      ),
    });
    const wired = createActivities({ client: environment.client, environments: this.environments });
    const skipping = new Skipping(environment, wired);
    try {
      const worker = await Worker.create({
        connection: environment.nativeConnection,
        taskQueue: 'readiness',
        workflowBundle: { codePath: BUNDLE_PATH },
        activities: wired.activities,
      });
      const result = await worker.runUntil(async () => {
        const ended = await body(skipping);
        if (process.env['READINESS_SAVE_HISTORIES'] !== undefined)
          await saveThose(skipping.started, this.lab);
        return ended;
      });
      await skipping.replay();
      return result;
    } finally {
      await wired.close();
      await environment.teardown();
    }
  }

  async close(): Promise<void> {
    await this.lab.stop();
    await rm(this.lab.folder, { recursive: true, force: true });
  }
}

/** One server that skips time, while a test waits for a result. */
export class Skipping {
  readonly #started: WorkflowHandle[] = [];

  get started(): readonly WorkflowHandle[] {
    return this.#started;
  }

  constructor(
    readonly environment: TestWorkflowEnvironment,
    readonly wired: WiredActivities,
  ) {}

  async run(input: Readonly<Record<string, unknown>>): Promise<WorkflowHandle> {
    const handle = await this.environment.client.workflow.start('readinessRun', {
      taskQueue: 'readiness',
      workflowId: `skipping-${String(this.#started.length)}`,
      args: [{ environment: 'lab', soak: '0s', ...input }],
    });
    this.#started.push(handle);
    return handle;
  }

  /** Waits, without skipping, until a gate is open, and decides it. */
  async approve(run: WorkflowHandle, gate: string): Promise<void> {
    const deadline = performance.now() + 90_000;
    for (;;) {
      const status = await run.query<RunStatus>('status').catch(() => null);
      if (status?.waiting?.gate === gate) {
        await run.executeUpdate('approve', {
          args: [{ gate, digest: status.waiting.digest, by: 'Ada', reason: 'looked' }],
        });
        return;
      }
      if (performance.now() > deadline)
        throw new Error(`gate ${gate} did not open: ${JSON.stringify(status?.journal.slice(-3))}`);
      await pause(200);
    }
  }

  /** Waits for the end; time skips meanwhile. */
  async end(run: WorkflowHandle): Promise<RunResult> {
    try {
      return (await run.result()) as RunResult;
    } catch (error) {
      if (!(error instanceof WorkflowFailedError) || !(error.cause instanceof ApplicationFailure))
        throw error;
      return error.cause.details?.[0] as RunResult;
    }
  }

  async replay(): Promise<void> {
    for (const handle of this.#started) {
      await Worker.runReplayHistory(
        { workflowBundle: { codePath: BUNDLE_PATH } },
        await handle.fetchHistory(),
        handle.workflowId,
      );
    }
  }
}
