/** Every kept history replays through the workflow code of today: a change that would break a run under way shows here. */
import { expect, test } from '@jest/globals';
import { Worker } from '@temporalio/worker';
import { BUNDLE_PATH } from '../../worker/bundle-path.js';
import { OUTCOMES } from '../../procedure/outcome.js';
import { savedHistories } from '../support/saved-histories.js';

test('every saved history replays', async () => {
  const saved = await savedHistories();
  expect(saved.length).toBeGreaterThan(5);
  const failed: string[] = [];
  for await (const { workflowId, error } of Worker.runReplayHistories(
    { workflowBundle: { codePath: BUNDLE_PATH } },
    saved.map(({ workflowId, history }) => ({ workflowId, history })),
  )) {
    if (error !== undefined) failed.push(`${workflowId}: ${error.message}`);
  }
  expect(failed).toEqual([]);
});

test('every outcome of a run is among them', async () => {
  const names = (await savedHistories()).map(({ name }) => name);
  for (const outcome of OUTCOMES)
    expect({
      outcome,
      saved: names.some((name) => name.startsWith(`readinessRun-${outcome.toLowerCase()}`)),
    }).toEqual({
      outcome,
      saved: true,
    });
});
