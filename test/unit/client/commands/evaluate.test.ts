import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { RECORDED, RECORDED_SAMPLES } from '../../../support/recorded-go.js';
import { run } from '../harness.js';

const { freshness, thresholds, observations } = RECORDED;
const RECORD = {
  format: 1,
  runId: 'run-1',
  plan: { samples: RECORDED_SAMPLES, freshness, thresholds },
  phases: [{ phase: 'soak' }],
  findings: [] as object[],
  verdict: 'GO',
  verdictReasons: [],
  observations,
};

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'readiness-unit-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function evaluate(record: unknown): ReturnType<typeof run> {
  await writeFile(join(folder, 'run.json'), typeof record === 'string' ? record : JSON.stringify(record));
  return run(['evaluate', folder]);
}

/** The real run also had a LOW finding about its log; the record carries it as the run wrote it. */
async function withItsFindings(): Promise<typeof RECORD> {
  await writeFile(join(folder, 'run.json'), JSON.stringify(RECORD));
  const told = JSON.parse((await run(['--json', 'evaluate', folder])).out) as { findings: object[] };
  return { ...RECORD, findings: told.findings };
}

test('a record that follows from its observations ends with 0', async () => {
  const ran = await evaluate(await withItsFindings());
  expect(ran.out).toContain('Verdict: GO');
  expect(ran.out).toContain('Findings and verdict are those of the record.');
  expect(ran.exitCode).toBe(0);
});

test('a verdict that its observations do not carry is told, with 1', async () => {
  const record = await withItsFindings();
  const without = observations.filter((one) => one.id !== 'after-flow3-rows');
  const ran = await evaluate({ ...record, observations: without });
  expect(ran.out).toContain('Verdict: INCONCLUSIVE');
  expect(ran.out).toContain('the verdict is INCONCLUSIVE, the record says GO');
  expect(ran.exitCode).toBe(1);
});

test('a finding that was left out of the record, or put into it, is told', async () => {
  const record = await withItsFindings();
  const failed = observations.map((one) =>
    one.id === 'after-flow3-rows' ? { ...one, status: 'missing', copied: 0 } : one,
  );
  const left = await evaluate({ ...record, observations: failed });
  expect(left.out).toContain('the observations show copy-failed (LOW), the record does not have it');
  const extra = { rule: 'flag-drift', severity: 'HIGH', action: 'ask', verdict: null, proof: [] };
  const put = await evaluate({ ...record, findings: [...record.findings, extra] });
  expect(put.out).toContain('the record has a finding flag-drift that no observation shows');
  expect([left.exitCode, put.exitCode]).toEqual([1, 1]);
});

test.each([
  ['{', /is no JSON/],
  [[], /is no record of a run: format is not 1/],
  [{ ...RECORD, observations: [{ id: 'x', kind: 'copy' }] }, /observations\[0\]\.at is no text/],
  [
    { ...RECORD, observations: [{ id: 'x', at: '2026-11-24', kind: 'log', side: 'after' }] },
    /cannot be judged/,
  ],
  [{ ...RECORD, findings: ['x'] }, /findings holds something else than objects/],
])('%j is refused with 2 and no stack line', async (record, message) => {
  const ran = await evaluate(record);
  expect(ran.err).toMatch(message);
  expect(ran.err).not.toMatch(/\n\s+at /);
  expect(ran.exitCode).toBe(2);
});
