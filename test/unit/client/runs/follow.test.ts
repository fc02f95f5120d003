import { describe, expect, test } from '@jest/globals';
import type { StatusAnswer } from '../../../../client/runs/ask-status.js';
import { followRun, newLines, type Look, type RunSource } from '../../../../client/runs/follow.js';
import { foundRun, type FoundRun } from '../../../../client/runs/found-run.js';
import type { RunStatus } from '../../../../procedure/status.js';
import { described, GATE, status } from '../harness.js';

const run = (change: Partial<FoundRun> = {}): FoundRun => ({
  ...foundRun(described() as unknown as Parameters<typeof foundRun>[0]),
  ...change,
});
const CLOSED = run({ open: false, closedAs: 'COMPLETED' });
const says = (answer: RunStatus): StatusAnswer => ({ kind: 'status', status: answer });
const SILENT: StatusAnswer = { kind: 'silent', detail: 'no worker answered in time' };
const seen = (answer: StatusAnswer, of: FoundRun = run()): Look => ({ kind: 'seen', run: of, answer });
const line = (text: string, at = '2026-11-23T18:00:00.000Z') => ({ at, text });

/** Follows a run over these looks, one a second (or `stepMs`), and returns all that was shown. */
async function follow(looks: readonly Look[], options: { stepMs?: number; successor?: FoundRun } = {}) {
  const shown: string[] = [];
  const left = [...looks];
  let now = 0;
  let successor = options.successor ?? null;
  const source: RunSource = {
    look: () => Promise.resolve(left.shift() ?? seen(says(status({ waiting: null })), CLOSED)),
    successor: () => {
      const next = successor;
      successor = null;
      return Promise.resolve(next);
    },
    rest: () => {
      now += options.stepMs ?? 1000;
      return Promise.resolve();
    },
    now: () => now,
  };
  const closed = await followRun(source, run(), {
    journal: ({ text }) => shown.push(`journal ${text}`),
    waiting: ({ title }) => shown.push(`waiting ${title}`),
    progress: () => undefined,
    note: (text) => shown.push(`note ${text}`),
    stalled: (text) => shown.push(`stalled ${text}`),
  });
  return { closed, shown };
}

describe('following a run', () => {
  test('every line is shown once, the last ones too', async () => {
    const first = [line('one')];
    const { shown, closed } = await follow([
      seen(says(status({ waiting: null, journal: first }))),
      seen(says(status({ waiting: null, journal: first }))),
      seen(says(status({ waiting: null, journal: [...first, line('two'), line('three')] }))),
      seen(
        says(status({ waiting: null, journal: [...first, line('two'), line('three'), line('end')] })),
        CLOSED,
      ),
    ]);
    expect(shown).toEqual(['journal one', 'journal two', 'journal three', 'journal end']);
    expect(closed).toBe(CLOSED);
  });

  test('a journal that was cut at its beginning goes on where it was', () => {
    expect(newLines(line('b'), [line('b'), line('c')])).toEqual([line('c')]);
    expect(newLines(line('a'), [line('x'), line('y')])).toEqual([line('x'), line('y')]);
    expect(newLines(null, [line('x')])).toEqual([line('x')]);
    expect(newLines(line('a', '1'), [line('a', '1'), line('a', '2')])).toEqual([line('a', '2')]);
  });

  test('a gate is shown once, and again when its digest changed', async () => {
    const again = { ...GATE, digest: 'fedcba9876543210', since: '2026-11-23T19:00:05.000Z' };
    const { shown } = await follow([
      seen(says(status())),
      seen(says(status())),
      seen(says(status({ waiting: again }))),
      seen(says(status({ waiting: null }))),
      seen(says(status({ waiting: again }))),
    ]);
    expect(shown).toEqual([`waiting ${GATE.title}`, `waiting ${GATE.title}`, `waiting ${GATE.title}`]);
  });

  test('without a worker it goes on waiting, says so once, and says when one is back', async () => {
    const { shown } = await follow([
      ...Array.from({ length: 20 }, () => seen(SILENT)),
      seen(says(status({ waiting: null }))),
    ]);
    const notes = shown.filter((text) => text.startsWith('note'));
    expect(notes).toEqual([
      expect.stringMatching(/^note No worker answers for this run .*readiness worker/),
      'note A worker answers again.',
    ]);
    expect(shown).toContain('stalled waiting for a worker … 3 s');
  });

  test('a moment without an answer is not worth a word', async () => {
    expect((await follow([seen(SILENT), seen(SILENT), seen(says(status({ waiting: null })))])).shown).toEqual(
      [],
    );
  });

  test('a worker that fails on the run is told apart from none', async () => {
    const { shown } = await follow(Array.from({ length: 8 }, () => seen(SILENT, run({ failedTasks: 7 }))));
    expect(shown.find((text) => text.startsWith('note'))).toMatch(
      /cannot go on with it \(7 attempts failed\)/,
    );
  });

  test('a lost Temporal is waited for, for two minutes, then 4', async () => {
    const gone: Look = { kind: 'unreachable', detail: 'connection refused' };
    const { closed } = await follow(Array.from({ length: 100 }, () => gone));
    expect(closed).toBe(CLOSED);
    await expect(
      follow(
        Array.from({ length: 100 }, () => gone),
        { stepMs: 5000 },
      ),
    ).rejects.toMatchObject({ exitCode: 4 });
  });

  test('a reset run is followed as the new run', async () => {
    const { shown } = await follow([seen(SILENT, run({ open: false, closedAs: 'TERMINATED' }))], {
      successor: run({ runId: 'run-2' }),
    });
    expect(shown[0]).toBe('note The run was reset: it goes on as run run-2.');
  });
});
