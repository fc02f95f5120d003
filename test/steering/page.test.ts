/** A person with nothing but the Temporal UI: starts a run, reads its page, decides, is refused, cancels, terminates. */
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { Worker } from '@temporalio/worker';
import { execa } from 'execa';
import { findChromium, TemporalPage } from '../support/browser-ui.js';
import { Rig } from '../support/rig.js';
import { outcomeOf, untilOff } from '../support/steering.js';
import { BUNDLE_PATH } from '../../worker/bundle-path.js';

const browser = findChromium();
if (browser === null)
  process.stdout.write(
    'page tests skipped: no Chromium on PATH (set CHROMIUM, or install the package chromium)\n',
  );
const withBrowser = browser === null ? test.skip : test;

let rig: Rig;
let page: TemporalPage;
const STILL_RUNNING = 'WorkflowType = "readinessRun" AND ExecutionStatus = "Running"';

beforeAll(async () => {
  if (browser === null) return;
  rig = await Rig.start({ environment: { samples: { measured: 3, warmUp: 1 } } });
  page = await TemporalPage.open(browser, rig.lab.temporalUi, rig.lab.namespace);
});
afterAll(async () => {
  if (browser === null) return;
  await page.close();
  await rig.close();
});
afterEach(async () => {
  if (browser === null) return;
  // A test that failed half-way must not hold the environment against the next one.
  for await (const { workflowId } of rig.client.workflow.list({ query: STILL_RUNNING })) {
    const run = rig.client.workflow.getHandle(workflowId);
    await run.cancel();
    await rig.end(run);
  }
  await rig.reset();
});

interface Started {
  readonly workflowId: string;
  readonly runId: string;
}
async function start(name: string): Promise<Started> {
  const workflowId = `page-${name}-${String(Date.now())}`;
  return { workflowId, runId: await page.start(workflowId, { environment: 'lab', soak: '0s' }) };
}

/** The JSON that the page shows to be pasted, with a name in it. */
async function pasted(run: Started, gate: string, title: RegExp): Promise<Record<string, unknown>> {
  const shown = await page.details(run, title);
  const folder = process.env['READINESS_SCREENSHOTS'];
  if (folder !== undefined) await page.screenshot(join(folder, `gate-${gate}.png`));
  const json = /\{[^}]*"digest"[^}]*\}/.exec(shown)?.[0] ?? '{}';
  const payload = JSON.parse(json) as Record<string, unknown>;
  expect(payload).toMatchObject({ gate, by: 'YOUR NAME' });
  return { ...payload, by: 'Ada', reason: 'read on the page' };
}

const toGateSoak = async (run: Started): Promise<void> => {
  const payload = await pasted(run, 'enable', /approve enabling/);
  expect(await page.send('update', run, { name: 'approve', payload })).toBeNull();
  await page.details(run, /approve the soak/);
};

withBrowser(
  'a whole run: refused with the reason, then by update, then by signal; its download replays',
  async () => {
    const run = await start('whole');
    const payload = await pasted(run, 'enable', /approve enabling/);
    const refused = await page.send('update', run, {
      name: 'approve',
      payload: { ...payload, digest: 'stale' },
    });
    expect(refused).toContain('The digest is not the one of the proof that is shown now');
    expect(refused).not.toMatch(/\n\s*at /);
    const nameless = await page.send('update', run, {
      name: 'approve',
      payload: { ...payload, by: 'YOUR NAME' },
    });
    expect(nameless).toContain('is the example, not a name');
    expect(await page.send('update', run, { name: 'approve', payload })).toBeNull();
    const soak = await pasted(run, 'soak', /approve the soak/);
    expect(await page.send('signal', run, { name: 'approve', payload: soak })).toBeNull();
    const finish = await pasted(run, 'finish', /approve the end/);
    expect(await page.send('update', run, { name: 'approve', payload: finish })).toBeNull();
    expect(await page.details(run, /COMPLETED/)).toContain('verdict');
    const history = await page.download(run);
    await Worker.runReplayHistory({ workflowBundle: { codePath: BUNDLE_PATH } }, history, run.workflowId);
  },
);

withBrowser('cancel on the page: rolled back', async () => {
  const run = await start('cancel');
  await toGateSoak(run);
  const since = Date.now();
  await page.cancel(run);
  await untilOff(rig, since);
  expect(await page.details(run, /ROLLED_BACK/)).toContain('the run was cancelled');
});

withBrowser('terminate on the page: rolled back by the guardian', async () => {
  const run = await start('terminate');
  await toGateSoak(run);
  const { evidence } = await rig.status(rig.client.workflow.getHandle(run.workflowId));
  const since = Date.now();
  await page.terminate(run, 'in a hurry');
  await untilOff(rig, since);
  const record = await outcomeOf(join(rig.lab.folder, 'repository', evidence ?? ''));
  expect(record).toMatchObject({ outcome: 'ROLLED_BACK', rollback: { cause: 'terminate' } });
});

withBrowser('page and command line decide at the same instant: one decides, the other is told', async () => {
  const run = await start('both');
  const titles = { enable: /approve enabling/, soak: /approve the soak/, finish: /approve the end/ };
  const won: string[] = [];
  // A command line needs most of a second to start; the offsets let either of the two be first.
  for (const [gate, offset] of [
    ['enable', 0],
    ['soak', 1500],
    ['finish', 500],
  ] as const) {
    const payload = await pasted(run, gate, titles[gate]);
    const submit = await page.fill('update', run, { name: 'approve', payload });
    const [onPage, inTerminal] = await Promise.all([
      pause(offset).then(submit),
      cli(
        'approve',
        run.workflowId,
        '--gate',
        gate,
        '--digest',
        String(payload['digest']),
        '--by',
        'Bob',
        '--reason',
        'read',
      ),
    ]);
    const { decisions } = await rig.status(rig.client.workflow.getHandle(run.workflowId));
    const [decision] = decisions.filter((one) => one.gate === gate);
    expect(decisions.filter((one) => one.gate === gate)).toHaveLength(1);
    won.push(`${gate}: ${decision?.by ?? ''}`);
    // After the last gate the run may be over before the second decision is there.
    if (decision?.by === 'Ada') {
      expect(onPage).toBeNull();
      expect(inTerminal.exitCode).not.toBe(0);
      expect(inTerminal.all).toMatch(gate === 'finish' ? /Ada|has ended/ : /Ada/);
    } else {
      expect(decision?.by).toBe('Bob');
      expect(inTerminal.exitCode).toBe(0);
      expect(onPage).toMatch(gate === 'finish' ? /Bob|has ended/ : /Bob/);
    }
  }
  process.stdout.write(`page (Ada) and command line (Bob) at once: ${won.join(', ')}\n`);
  expect(await page.details(run, /COMPLETED/)).toContain('verdict');
});

const cli = (...args: string[]) =>
  execa(process.execPath, [join(rig.lab.projectFolder, 'dist', 'client', 'main.js'), ...args], {
    env: { TEMPORAL_ADDRESS: rig.lab.temporalAddress, TEMPORAL_NAMESPACE: rig.lab.namespace },
    reject: false,
    all: true,
    stdin: 'ignore',
  });
