/** When the validation report is run again, and when it is told as unreadable. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { validationReport } from '../../../activities/targets/report-step.js';
import type { Target } from '../../../activities/targets/target.js';
import { RETRYABLE } from '../../../procedure/failures.js';
import type { ReportObservation } from '../../../procedure/observations.js';
import { failure } from '../../../activities/support/failure.js';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'readiness-unit-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const JSON_REPORT = JSON.stringify({ coverage: { legacy_team_count: 3 } });

/** Runs the step with what its commands say in turn, the last over and over; `lost` = the connection broke. */
async function reportOf(
  answers: readonly string[],
  patienceMs?: number,
): Promise<{ readonly observation: ReportObservation; readonly runs: number }> {
  let runs = 0;
  const target = {
    ...(patienceMs === undefined ? {} : { patienceMs }),
    runManagement: (args: readonly string[]) => {
      if (args.includes('text'))
        return Promise.resolve({ stdout: 'text\n', stderr: '', exitCode: 0, problem: null });
      const said = answers[runs] ?? answers.at(-1) ?? '';
      runs += 1;
      if (said === 'lost')
        return Promise.reject(failure(RETRYABLE.targetUnreachable, 'the connection was closed'));
      return Promise.resolve({ stdout: said, stderr: '', exitCode: 0, problem: null });
    },
  } as unknown as Target;
  const input = {
    environment: { name: 'lab', digest: 'd' },
    evidence: { name: 'e', path: folder },
    ...({ tag: 't', side: 'after' } as const),
  };
  const services = { target, count: () => Promise.resolve('not asked here') };
  const observation: ReportObservation = await new MockActivityEnvironment().run(() =>
    validationReport(services, input, new AbortController().signal),
  );
  return { observation, runs };
}

test('a connection that breaks: run again where something stands between us and the target', async () => {
  const { observation, runs } = await reportOf(['lost', JSON_REPORT], 10_000);
  expect(observation).toMatchObject({ status: 'read', numbers: { legacy_teams: 3 } });
  expect(runs).toBe(2);
});

test('elsewhere, or in vain, it is told as unreadable with the reason', async () => {
  const { observation, runs } = await reportOf(['lost', JSON_REPORT]);
  expect(observation).toMatchObject({
    status: 'unreadable',
    reason: 'the validation report could not be run: the connection was closed',
  });
  expect(runs).toBe(1);
  expect((await reportOf(['lost'], 1500)).observation.status).toBe('unreadable');
});

test('output that lost its end is read once more, and told when it is so again', async () => {
  const cut = JSON_REPORT.slice(0, 10);
  const { observation, runs } = await reportOf([cut, JSON_REPORT]);
  expect(observation).toMatchObject({ status: 'read', numbers: { legacy_teams: 3 } });
  expect(runs).toBe(2);
  const again = await reportOf([cut]);
  expect(again).toMatchObject({ runs: 2, observation: { status: 'unreadable' } });
  expect(again.observation.reason).toContain('printed no JSON object');
});
