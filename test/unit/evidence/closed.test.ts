import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { closeEvidence, writeEvidenceFile, writeSealed } from '../../../activities/support/files.js';

let path = '';
beforeEach(async () => {
  path = await mkdtemp(join(tmpdir(), 'readiness-unit-closed-'));
});
afterEach(() => rm(path, { recursive: true, force: true }));

const as = <T>(workflowType: string, step: () => Promise<T>): Promise<T> =>
  new MockActivityEnvironment({ workflowType }).run(step);
const write = (workflowType: string): Promise<void> =>
  as(workflowType, () => writeEvidenceFile({ path }, 'late.txt', 'late'));

describe('evidence with an outcome', () => {
  test.each(['readinessRun', 'soak', 'targetWatch'])(
    'takes nothing of a step of %s any more',
    async (type) => {
      await as(type, () => closeEvidence({ path }, '{"outcome":"ROLLED_BACK"}'));
      await expect(write(type)).rejects.toMatchObject({ type: 'EvidenceClosed', nonRetryable: true });
      expect(await readdir(path)).toEqual(['run.json']);
    },
  );

  test.each(['environmentGuardian', 'rollback'])(
    'still takes what %s writes while it takes back',
    async (type) => {
      await as(type, () => closeEvidence({ path }, '{"outcome":"ROLLED_BACK"}'));
      await write(type);
      expect(await readdir(path)).toContain('late.txt');
    },
  );

  test('is sealed again by the run itself', async () => {
    await as('readinessRun', () => closeEvidence({ path }, '{"outcome":"COMPLETED"}'));
    await as('readinessRun', () => writeSealed({ path }, 'SUMMARY.md', 'whole'));
    expect(await readdir(path)).toContain('SUMMARY.md');
  });
});

test.each([
  ['no record', null],
  ['a record without an outcome', '{"outcome":null}'],
])('%s: open', async (_name, record) => {
  if (record !== null) await as('readinessRun', () => writeSealed({ path }, 'run.json', record));
  await write('readinessRun');
  expect(await readdir(path)).toContain('late.txt');
});
