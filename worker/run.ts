import { access } from 'node:fs/promises';
import { hostname } from 'node:os';
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, Worker, type LogEntry } from '@temporalio/worker';
import { createActivities } from './activities.js';
import { BUNDLE_PATH } from './bundle-path.js';
import { requireSearchAttributes, WorkerProblem } from './search-attributes.js';
import { scheduleSweep } from './sweep-schedule.js';
import type { WorkerSettings } from './settings.js';

export { sweepEveryMs } from './settings.js';

/** The line that says that the worker takes work from now on; scripts wait for it. */
export const READY_LINE = 'worker ready';

/**
 * Runs a worker until it is told to stop (SIGTERM, SIGINT). Throws WorkerProblem for what a person must mend: Temporal
 * not reachable, search attributes missing, workflow code not built.
 */
export async function runWorker(settings: WorkerSettings, say: (line: string) => void): Promise<void> {
  await access(BUNDLE_PATH).catch(() => {
    throw new WorkerProblem(`The packed workflow code ${BUNDLE_PATH} is not there. Build it: npm run build`);
  });
  Runtime.install({
    logger: new DefaultLogger('INFO', (entry) => {
      say(lineOf(entry));
    }),
    telemetryOptions: { logging: { forward: {}, filter: 'ERROR' } },
  });
  const connection = await connect(settings);
  try {
    await requireSearchAttributes(connection, settings.namespace);
    const clientConnection = await Connection.connect(settings.connection);
    const client = new Client({
      connection: clientConnection,
      namespace: settings.namespace,
      identity: `readiness-worker@${hostname()}`,
    });
    const wired = createActivities({ client, environments: settings.environments });
    try {
      const worker = await Worker.create({
        connection,
        namespace: settings.namespace,
        taskQueue: settings.taskQueue,
        identity: `readiness-worker/${String(process.pid)}@${hostname()}`,
        workflowBundle: { codePath: BUNDLE_PATH },
        activities: wired.activities,
        // A worker that died leaves its sticky tasks waiting for this long before another one takes them.
        stickyQueueScheduleToStartTimeout: '2s',
        // Must be shorter than what a supervisor or a pod grants; activities are told at once and end within seconds.
        shutdownGraceTime: '8s',
        maxConcurrentActivityTaskExecutions: 50,
        // Times of answered requests that no heartbeat has carried are lost with a worker that dies, and too many of them are
        // INCONCLUSIVE (docs/rules.md).
        maxHeartbeatThrottleInterval: '250ms',
        defaultHeartbeatThrottleInterval: '250ms',
      });
      await scheduleSweep(client, { taskQueue: settings.taskQueue, everyMs: settings.sweepEveryMs }, say);
      say(
        `${READY_LINE}: Temporal ${settings.address}, namespace ${settings.namespace}, task queue ${settings.taskQueue}, environments in ${settings.environments}`,
      );
      await worker.run();
    } finally {
      await wired.close();
      await clientConnection.close();
    }
  } finally {
    await connection.close();
  }
}

async function connect(settings: WorkerSettings): Promise<NativeConnection> {
  try {
    const { address, apiKey, metadata, tls } = settings.connection;
    return await NativeConnection.connect({
      ...(address === undefined ? {} : { address }),
      ...(typeof apiKey === 'string' ? { apiKey } : {}),
      ...(metadata === undefined ? {} : { metadata }),
      ...(tls === undefined || tls === null ? {} : { tls }),
    });
  } catch (error) {
    throw new WorkerProblem(
      `Temporal is not reachable at ${settings.address}: ${error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)}\nStart it, or set TEMPORAL_ADDRESS.`,
    );
  }
}

function lineOf({ level, message, timestampNanos, meta }: LogEntry): string {
  const at = new Date(Number(timestampNanos / 1_000_000n)).toISOString();
  const { workflowId, activityType, attempt } = {
    workflowId: undefined,
    activityType: undefined,
    attempt: undefined,
    ...meta,
  };
  const where = [
    workflowId,
    activityType,
    attempt === undefined ? undefined : `attempt ${String(attempt)}`,
  ].filter((part) => part !== undefined);
  const error: unknown = meta?.['error'];
  const cause = error instanceof Error ? `: ${error.message.split('\n')[0] ?? ''}` : '';
  return `${at} ${level} ${message}${cause}${where.length === 0 ? '' : ` [${where.join(' ')}]`}`;
}
