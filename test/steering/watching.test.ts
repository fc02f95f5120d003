/** From a critical line, a drifted flag or a command to changed flags: in a gate, in a pause, and how fast. */
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { Rig } from '../support/rig.js';
import { enabledRun, outcomeOf, percentile, untilOff } from '../support/steering.js';

let rig: Rig;
const figures: string[] = [];

beforeAll(async () => {
  rig = await Rig.start({ environment: { samples: { measured: 3, warmUp: 1 } } });
});
afterAll(async () => {
  process.stdout.write(`${figures.join('\n')}\n`);
  await rig.close();
});
afterEach(() => rig.reset());

const STRICT = 'ERROR Dual-write strict mode: raising exception\n';
const ROUNDS = 5;
/** A round is a whole run up to its third gate, and its rollback. */
const ROUNDS_MS = ROUNDS * 100_000;
const LIMIT_CRITICAL_MS = 3000;
const LIMIT_COMMAND_MS = 2000;

test(
  'a critical line while a gate waits: rolled back, fast',
  async () => {
    const times: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const enabled = await enabledRun(rig);
      const since = Date.now();
      await appendFile(rig.lab.logFile, STRICT);
      times.push((await untilOff(rig, since)).written);
      const { result } = await rig.end(enabled.run);
      expect(result).toMatchObject({
        outcome: 'ROLLED_BACK',
        verdict: 'NO_GO',
        rollback: { cause: 'finding', complete: true },
      });
      expect(result.findings.map((one) => one.rule)).toContain('strict-mode-fails-requests');
      expect((await rig.spawns()) - enabled.spawnsBefore).toBe(2);
    }
    figures.push(
      `critical line → flags written: ${times.join(', ')} ms, p95 ${String(percentile(times, 0.95))} ms`,
    );
    expect(percentile(times, 0.95)).toBeLessThan(LIMIT_CRITICAL_MS);
  },
  ROUNDS_MS,
);

test(
  'the workflow rollback, with a run that holds the environment: flags changed, fast',
  async () => {
    const times: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const enabled = await enabledRun(rig);
      const since = Date.now();
      const rollback = await rig.client.workflow.start('rollback', {
        taskQueue: 'readiness',
        workflowId: `rollback-${String(since)}`,
        args: [{ environment: 'lab', by: 'Ada', reason: 'the pager rang' }],
      });
      times.push((await untilOff(rig, since)).written);
      expect(await rollback.result()).toMatchObject({ by: 'guardian', rollback: { complete: true } });
      expect((await rig.end(enabled.run)).result).toMatchObject({ outcome: 'ROLLED_BACK' });
      expect((await rig.spawns()) - enabled.spawnsBefore).toBe(2);
    }
    figures.push(
      `command → flags written: ${times.join(', ')} ms, p95 ${String(percentile(times, 0.95))} ms`,
    );
    expect(percentile(times, 0.95)).toBeLessThan(LIMIT_COMMAND_MS);
  },
  ROUNDS_MS,
);

test('a critical line in a pause: rolled back', async () => {
  const { run, folder } = await enabledRun(rig);
  await run.executeUpdate('pause', { args: [{ by: 'Ada', reason: 'lunch' }] });
  await appendFile(rig.lab.logFile, STRICT);
  expect((await rig.end(run)).result.outcome).toBe('ROLLED_BACK');
  expect((await outcomeOf(folder)).findings.map((one) => one.rule)).toContain('strict-mode-fails-requests');
});

test('somebody else switches the flag off and restarts: people are asked, nothing is set again', async () => {
  const { run, spawnsBefore } = await enabledRun(rig);
  const text = await readFile(rig.lab.envFile, 'utf8');
  await writeFile(rig.lab.envFile, text.replace(/(DUAL_WRITE_ENABLED=)["']?true["']?/i, '$1false'));
  await rig.lab.restartWeb();
  const asked = await rig.attention(run);
  expect(asked.findings.map((one) => one.rule)).toContain('flag-drift');
  await run.executeUpdate('skip', { args: [{ by: 'Ada', reason: 'it was me' }] });
  // The gate is shown anew, and needs a reason now: the verdict is not GO any more.
  const again = await rig.gate(run, 'soak');
  expect(again.verdict).toBe('INCONCLUSIVE');
  expect(await rig.servedFlags()).not.toContain('true');
  expect((await rig.spawns()) - spawnsBefore).toBe(2);
  await rig.decide(run, 'soak', { command: 'reject' });
  expect((await rig.end(run)).result.outcome).toBe('ROLLED_BACK');
});

test.each(['cancel', 'terminate'] as const)(
  'a watch that somebody ends (%s) is told, and no GO comes of it',
  async (how) => {
    const { run } = await enabledRun(rig);
    const { runId } = await run.describe();
    await rig.client.workflow.getHandle(`${run.workflowId}-watch-${runId.slice(-12)}`)[how]();
    const asked = await rig.attention(run);
    expect(asked.findings.map((one) => one.rule)).toContain('watching-blind');
    await run.executeUpdate('skip', { args: [{ by: 'Ada', reason: 'I look at it myself' }] });
    const again = await rig.gate(run, 'soak');
    expect(again.verdict).toBe('INCONCLUSIVE');
    expect(again.verdictReasons.join(' ')).toMatch(/the watch ended though this run had not stopped it/);
    await rig.decide(run, 'soak', { command: 'reject' });
    expect((await rig.end(run)).result.outcome).toBe('ROLLED_BACK');
  },
);
