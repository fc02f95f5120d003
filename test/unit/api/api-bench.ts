import { afterAll, afterEach, beforeAll, beforeEach } from '@jest/globals';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createApiActivities } from '../../../activities/api/api-activities.js';
import { createApiSessions, type ApiSessions } from '../../../activities/api/session.js';
import type {
  ApiActivities,
  FlowContext,
  MeasureLatencyOutput,
  RunFlowInput,
  RunFlowOutput,
} from '../../../activities/contract.js';
import { createDatabases, type Databases } from '../../../activities/database/database.js';
import { allowing, testEnvironment } from '../database/environment.js';
import { startScratchPostgres, type ScratchPostgres } from '../database/scratch-postgres.js';
import { TARGET_SCHEMA } from '../database/target-schema.js';
import { actAsReal, fieldsOf } from './flow-double.js';
import { json, startTarget, type Handler, type Received, type TargetDouble } from './target-double.js';

export const TAG = '0a1b2c3d';
let server: ScratchPostgres;
let made = 0;

/** What a test of the API activities works with: a database, a target, and the activities on both. */
export const bench = {
  url: '',
  folder: '',
  target: undefined as unknown as TargetDouble,
  databases: undefined as unknown as Databases,
  sessions: undefined as unknown as ApiSessions,
  activities: undefined as unknown as ApiActivities,
  /** What the target does with a request; by default what the real one does. */
  behaviour: asReal,
};

/** Makes it anew for each test of a file. */
export function useBench(): void {
  beforeAll(async () => {
    server = await startScratchPostgres();
  });
  afterAll(() => server.stop());
  beforeEach(async () => {
    made += 1;
    bench.url = await server.database(`api_${String(made)}`, TARGET_SCHEMA);
    bench.folder = await mkdtemp(join(tmpdir(), 'readiness-unit-api-'));
    const deps = {
      resolveSecret: (ref: string) => Promise.resolve(ref.includes('DATABASE') ? bench.url : 'pw-pw-pw'),
    };
    bench.databases = createDatabases(deps);
    bench.sessions = createApiSessions(deps);
    await serve();
  });
  afterEach(async () => {
    await Promise.all([
      bench.sessions.close(),
      bench.databases.close(),
      bench.target.close(),
      rm(bench.folder, { recursive: true, force: true }),
    ]);
  });
}

/** Starts the target, also when it was away: then it is there again, elsewhere. */
export async function serve(login?: Handler): Promise<void> {
  bench.behaviour = asReal;
  bench.target = await startTarget((request, response) => {
    bench.behaviour(request, response);
  }, login);
  const base = testEnvironment().settings.api;
  const environment = testEnvironment({
    ...allowing(bench.url),
    api: { ...base, baseUrl: bench.target.baseUrl },
  });
  bench.activities = createApiActivities(
    { loadEnvironment: () => Promise.resolve(environment) },
    bench.sessions,
    bench.databases,
  );
}

/** The five flows on the scratch database. */
export function asReal(request: Received, response: Parameters<Handler>[1]): void {
  void act(request).then(
    ({ status, body }) => json(response, status, body),
    () => json(response, 500, { error: 'x', code: 'y' }),
  );
}

export const act = (request: Received): Promise<{ status: number; body: unknown }> =>
  actAsReal(bench.url, request);
export { fieldsOf };

/** Does nothing and never answers; the environment's time limit ends it. */
export const silent: Handler = () => undefined;
/** Does what is asked, and never answers. */
export const actsSilently: Handler = (request) => void act(request);

export function flow(
  number: RunFlowInput['flow'],
  context: FlowContext | null,
  options: {
    attempt?: number;
    side?: RunFlowInput['side'];
    details?: unknown;
    onBeat?: (details: unknown) => void;
  } = {},
): Promise<RunFlowOutput> {
  const { attempt = 1, side = 'after' } = options;
  const input: RunFlowInput = {
    environment: { name: 'unit', digest: 'd' },
    evidence: { name: 'x', path: bench.folder },
    tag: TAG,
    observationId: `${side}-flow${String(number)}`,
    side,
    flow: number,
    teamName: `Staging Test ${TAG} ${side}`,
    gameId: 1,
    context,
  };
  const mock = new MockActivityEnvironment({ attempt, heartbeatDetails: options.details });
  if (options.onBeat !== undefined) mock.on('heartbeat', options.onBeat);
  return mock.run(() => bench.activities.runFlow(input));
}

export async function saved(file: string): Promise<unknown> {
  const content: unknown = JSON.parse(await readFile(join(bench.folder, file), 'utf8'));
  return content;
}
export const flowRequests = (): Received[] =>
  bench.target.received.filter((one) => !one.path.startsWith('/api/token/'));

/** The performance test's creates, six of them unless told otherwise. */
export function measure(
  options: {
    attempt?: number;
    details?: unknown;
    onBeat?: (details: unknown) => void;
    measured?: number;
    ratePerSecond?: number;
  } = {},
): Promise<MeasureLatencyOutput> {
  const mock = new MockActivityEnvironment({
    attempt: options.attempt ?? 1,
    heartbeatDetails: options.details,
  });
  if (options.onBeat !== undefined) mock.on('heartbeat', options.onBeat);
  const input = {
    environment: { name: 'unit', digest: 'd' },
    evidence: { name: 'x', path: bench.folder },
    tag: TAG,
    observationId: 'after-latency',
    side: 'after' as const,
    warmUp: 2,
    measured: options.measured ?? 6,
    ratePerSecond: options.ratePerSecond ?? 4,
  };
  return mock.run(() => bench.activities.measureTeamCreate(input));
}
/** The latency file that it wrote. */
export const latencyText = (): Promise<string> =>
  readFile(join(bench.folder, 'logs/latency_team_create.txt'), 'utf8');
