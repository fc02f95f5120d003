import type { Client } from '@temporalio/client';
import type { Cli } from '../../../client/cli.js';
import { UiLinks } from '../../../client/render/links.js';
import { runCli } from '../../../client/run-cli.js';
import type { Session } from '../../../client/temporal/session.js';
import type { Io } from '../../../client/terminal/io.js';
import type { RunResult, RunStatus, WaitingStatus } from '../../../procedure/status.js';

export const NOW = new Date('2026-11-23T18:30:05.000Z');

/** What a command line did: its exit code and what it wrote. */
export interface Ran {
  readonly exitCode: number;
  readonly out: string;
  readonly err: string;
}

export interface Setting {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** The answers of the person at the terminal, in order; without them nobody can be asked. */
  readonly answers?: readonly string[];
  readonly session?: Session;
  readonly interrupted?: AbortSignal;
}

/** Runs one command line in a world of its own, without a process, a terminal or a network. */
export async function run(argv: readonly string[], setting: Setting = {}): Promise<Ran> {
  const written = { out: '', err: '' };
  const answers = [...(setting.answers ?? [])];
  const io: Io = {
    env: { TEMPORAL_CONFIG_FILE: '/nonexistent/temporal.toml', ...setting.env },
    cwd: setting.cwd ?? '/nonexistent',
    canAsk: setting.answers !== undefined,
    terminal: { out: false, err: false },
    out: (text) => {
      written.out += text;
    },
    err: (text) => {
      written.err += text;
    },
    ask: (question) => {
      written.err += question;
      return Promise.resolve(answers.shift() ?? '');
    },
    interrupted: setting.interrupted ?? new AbortController().signal,
    now: () => NOW,
  };
  const cli: Cli = {
    io,
    version: '1.2.3',
    open: () =>
      setting.session === undefined
        ? Promise.reject(new Error('no Temporal in this test'))
        : Promise.resolve(setting.session),
  };
  const exitCode = await runCli(argv, cli);
  return { exitCode, ...written };
}

/** A session over a client of which only the given parts exist. */
export function sessionOver(client: unknown): Session {
  const parts = {
    withDeadline: <T>(_until: number, work: () => Promise<T>) => work(),
    ...(client as object),
  };
  return {
    client: parts as unknown as Client,
    settings: {
      address: '127.0.0.1:7233',
      namespace: 'default',
      connection: {},
      ui: 'http://127.0.0.1:8233',
      program: 'readiness',
      command: 'readiness',
    },
    links: new UiLinks('http://127.0.0.1:8233', 'default'),
    close: () => Promise.resolve(),
  };
}

export const GATE: WaitingStatus = {
  kind: 'gate',
  gate: 'enable',
  title: 'Gate enable: may dual-write be switched on?',
  proof: ['5 of 5 flows are fine with the flag off', 'p95 of team create: 120 ms'],
  paste: {
    approve: { gate: 'enable', digest: '0123456789abcdef', by: 'YOUR NAME', reason: '' },
    reject: { gate: 'enable', digest: '0123456789abcdef', by: 'YOUR NAME', reason: '' },
  },
  digest: '0123456789abcdef',
  since: '2026-11-23T18:00:05.000Z',
  deadline: '2026-11-24T18:00:05.000Z',
  onDeadline: 'the run ends REJECTED, nothing is changed',
};

export function status(change: Partial<RunStatus> = {}): RunStatus {
  return {
    workflowId: 'readiness-staging-20261123-180000',
    runId: 'run-1',
    environment: 'staging',
    phase: 'gate-enable',
    phases: [
      {
        phase: 'plan',
        startedAt: '2026-11-23T18:00:00.000Z',
        endedAt: '2026-11-23T18:00:01.000Z',
        status: 'done',
        note: null,
      },
      {
        phase: 'gate-enable',
        startedAt: '2026-11-23T18:00:05.000Z',
        endedAt: null,
        status: 'running',
        note: null,
      },
    ],
    progress: null,
    flag: 'baseline',
    waiting: GATE,
    findings: [],
    verdict: 'INCONCLUSIVE',
    verdictReasons: ['Nothing was measured with the flag on yet.'],
    decisions: [],
    commands: [],
    rollback: null,
    evidence: 'artifacts/p5_t6/20261123_1800',
    nextSteps: [],
    outcome: null,
    journal: [],
    ...change,
  };
}

export function result(change: Partial<RunResult> = {}): RunResult {
  return {
    outcome: 'COMPLETED',
    verdict: 'GO',
    reason: 'Every write was copied right.',
    environment: 'staging',
    evidence: {
      folder: 'artifacts/p5_t6/20261123_1800',
      path: '/srv/artifacts/p5_t6/20261123_1800',
      digest: 'ab'.repeat(32),
    },
    findings: [],
    verdictReasons: [],
    rollback: null,
    summary: null,
    problems: [],
    next: ['Review the report in a week.'],
    ...change,
  };
}

/** A run as `describe` and `list` of the client tell it. */
export function described(
  change: {
    readonly id?: string;
    readonly runId?: string;
    readonly status?: string;
    readonly startTime?: Date;
    readonly attributes?: Readonly<Record<string, string>>;
  } = {},
) {
  const attributes = { ReadinessEnvironment: 'staging', ...change.attributes };
  return {
    type: 'readinessRun',
    workflowId: change.id ?? 'readiness-staging-20261123-180000',
    runId: change.runId ?? 'run-1',
    status: { name: change.status ?? 'RUNNING', code: 1 },
    taskQueue: 'readiness',
    startTime: change.startTime ?? new Date('2026-11-23T18:00:00.000Z'),
    typedSearchAttributes: {
      getAll: () => Object.entries(attributes).map(([name, value]) => ({ key: { name }, value })),
    },
    raw: { workflowExecutionInfo: { firstRunId: 'run-1' } },
  };
}
