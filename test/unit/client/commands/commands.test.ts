import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { createEnvironmentLoader } from '../../../../environment/load.js';
import { OWN_SETTINGS, renamed, toFillIn } from '../../../../client/new-environment.js';
import { packageFolder } from '../../../../client/package.js';
import { described, run, sessionOver, status } from '../harness.js';

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'readiness-unit-'));
  try {
    await work(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

describe('init', () => {
  test('writes a file that the worker loads under its name, and never over one', async () => {
    await inFolder(async (cwd) => {
      const ran = await run(['init', 'eu-staging'], { cwd });
      expect(ran.exitCode).toBe(0);
      expect(ran.out).toContain('readiness doctor --environment eu-staging');
      const text = await readFile(join(cwd, 'environments/eu-staging.yaml'), 'utf8');
      expect((parse(text) as { name: string }).name).toBe('eu-staging');
      const loaded = await createEnvironmentLoader({ directory: join(cwd, 'environments') }).load(
        'eu-staging',
      );
      expect(loaded.ok ? [] : loaded.problems).toEqual([]);
      const again = await run(['init', 'eu-staging'], { cwd });
      expect(again).toMatchObject({ exitCode: 2, err: expect.stringContaining('nothing was written') });
    });
  });

  test('refuses a name that leads elsewhere', async () => {
    await inFolder(async (cwd) => {
      for (const name of ['../x', 'A', 'a b', '/tmp/x', ''])
        expect((await run(['init', name], { cwd })).exitCode).toBe(2);
    });
  });

  test('everything that it says to fill in stands in the example, with its line', async () => {
    const example = await readFile(join(packageFolder(), 'environments/staging.example.yaml'), 'utf8');
    const lines = toFillIn(example);
    expect(lines).toHaveLength(Object.keys(OWN_SETTINGS).length);
    for (const line of lines) {
      const [, number = '', path = ''] = /^line (\d+)\s+(\S+)/.exec(line) ?? [];
      expect(example.split('\n')[Number(number) - 1]).toContain(`${path.split('.').at(-1) ?? ''}:`);
    }
  });

  test('only the name changes', () => {
    expect(renamed('# c\nname: staging # yes\nkind: staging\n', 'x')).toBe(
      '# c\nname: x # yes\nkind: staging\n',
    );
    expect(() => renamed('kind: staging\n', 'x')).toThrow(/no top-level line/);
  });
});

describe('plan', () => {
  const plan = {
    environment: { name: 'staging', digest: 'ab'.repeat(32) },
    kind: 'staging',
    input: { environment: 'staging', dualWrite: 'keep', cleanup: true },
    method: { letter: 'D', description: 'env file' },
    soak: { durationMs: 0, intervalMs: 1000 },
    samples: { measured: 20, warmUp: 3 },
    deadlines: { enable: 1000 },
    approvers: { enable: [], soak: ['*'], finish: ['ann'] },
    steps: [
      { phase: 'preconditions', effect: 'read', what: 'the database' },
      { phase: 'enable', effect: 'change-target', what: '/srv/.env.staging' },
    ],
  };
  const check = (state: string) => ({
    id: 'db',
    title: 'Database',
    seed: null,
    status: state,
    detail: 'at db',
    advice: 'start it',
  });
  const answering = (answer: unknown) =>
    sessionOver({
      workflow: {
        start: () => Promise.resolve({ workflowId: 'preflight-1', result: () => Promise.resolve(answer) }),
        getHandle: () => ({ describe: () => Promise.resolve(described()) }),
      },
      workflowService: { describeTaskQueue: () => Promise.resolve({ pollers: [] }) },
    });

  test('shows what is read and changed, and the start with the same options', async () => {
    const ran = await run(['plan', '--environment', 'staging', '--soak', '0s', '--no-cleanup'], {
      session: answering({ ok: true, plan, checks: null }),
    });
    expect(ran.exitCode).toBe(0);
    expect(ran.out).toMatch(/enable +CHANGES THE TARGET +\/srv\/\.env\.staging/);
    expect(ran.out).toContain('nobody (set approvers');
    expect(ran.err).toContain('readiness start --environment staging --soak 0s --no-cleanup');
  });

  test('1 when a check is not ok, with what to do; 2 when the run would be refused', async () => {
    for (const state of ['failed', 'unknown']) {
      const ran = await run(['plan', '--environment', 'staging', '--check'], {
        session: answering({ ok: true, plan, checks: [check(state)] }),
      });
      expect(ran).toMatchObject({ exitCode: 1, out: expect.stringContaining('start it') });
    }
    expect(
      (
        await run(['plan', '--environment', 'staging', '--check'], {
          session: answering({ ok: true, plan, checks: [check('ok')] }),
        })
      ).exitCode,
    ).toBe(0);
    const refused = await run(['plan', '--environment', 'staging'], {
      session: answering({ ok: false, problems: [{ path: 'api.baseUrl', message: 'is not allowed' }] }),
    });
    expect(refused).toMatchObject({
      exitCode: 2,
      err: expect.stringContaining('- api.baseUrl: is not allowed'),
    });
    expect(
      (await run(['plan', '--environment', 'staging'], { session: answering({ what: 'else' }) })).exitCode,
    ).toBe(1);
  });
});

describe('watch and status', () => {
  const open = (answers: unknown) =>
    sessionOver({
      workflow: {
        getHandle: () => ({
          describe: () => Promise.resolve(described()),
          query: () => (answers instanceof Error ? Promise.reject(answers) : Promise.resolve(answers)),
        }),
      },
    });

  test('Ctrl-C is 130: the run goes on, and how to go on watching', async () => {
    const stop = new AbortController();
    setTimeout(() => {
      stop.abort();
    }, 200);
    const ran = await run(['watch', 'r1'], { session: open(status()), interrupted: stop.signal });
    expect(ran.exitCode).toBe(130);
    expect(ran.err).toContain('goes on without you');
    expect(ran.err).toContain('readiness watch ');
    expect(ran.out).toContain('Gate enable: may dual-write be switched on?');
  });

  test('status without a worker shows what Temporal knows', async () => {
    const silent = Object.assign(new Error('x'), { code: 9, details: 'no poller seen', metadata: {} });
    const ran = await run(['status', 'r1', '--json'], { session: open(silent) });
    expect(ran.exitCode).toBe(0);
    expect(ran.err).toContain('No answer: no poller seen');
    expect(JSON.parse(ran.out)).toMatchObject({
      answeredByWorker: false,
      status: null,
      environment: 'staging',
    });
  });

  test('a run’s own text cannot write to the terminal, and JSON keeps it as it is', async () => {
    const hostile = status({ verdictReasons: ['\u001b[2J\u001b]0;x\u0007'] });
    expect((await run(['status', 'r1'], { session: open(hostile) })).out).not.toMatch(/[\u0007\u001b]/);
    const { out } = await run(['status', 'r1', '--json'], { session: open(hostile) });
    expect(JSON.parse(out)).toMatchObject({ status: { verdictReasons: ['\u001b[2J\u001b]0;x\u0007'] } });
  });
});
