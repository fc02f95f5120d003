/** One try of a rollback takes longer than the patience: people are told while it is under way, and its cause afterwards. */
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { heartbeat } from '@temporalio/activity';
import proto from '@temporalio/proto';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import { timeSkippingExecutable } from '../../lab/test-server.js';
import { SEARCH_ATTRIBUTES } from '../../procedure/search-attributes.js';
import { BUNDLE_PATH } from '../../worker/bundle-path.js';
import type { GuardianInput } from '../../workflows/guardian.js';

const PATIENCE_MS = 1000;
/** The first try ends when people were told, and at the latest then. */
const LONGEST_TRY_MS = 60_000;

test('the first try hangs: told after the patience, not after the try; the cause is told when it is known', async () => {
  const server = await timeSkippingExecutable();
  if (!server.available) throw new Error(`the time-skipping server is not to be had: ${server.reason}`);
  const environment = await TestWorkflowEnvironment.createTimeSkipping({
    server: { executable: server.executable },
  });
  const { INDEXED_VALUE_TYPE_KEYWORD } = proto.temporal.api.enums.v1.IndexedValueType;
  await environment.connection.operatorService.addSearchAttributes({
    namespace: environment.namespace ?? 'default',
    searchAttributes: Object.fromEntries(SEARCH_ATTRIBUTES.map((name) => [name, INDEXED_VALUE_TYPE_KEYWORD])),
  });
  const pages: { readonly text: string; readonly underWay: boolean }[] = [];
  let underWay = false;
  let tries = 0;
  const activities = {
    restoreFlags: async () => {
      tries += 1;
      // Three attempts are one try of the guardian.
      if (tries > 3) return { changed: true, restarted: true, rollout: { reason: null } };
      if (tries === 1) {
        underWay = true;
        const until = performance.now() + LONGEST_TRY_MS;
        while (pages.length === 0 && performance.now() < until) {
          heartbeat();
          await pause(100);
        }
        underWay = false;
      }
      throw new Error('1 of 2 replicas have the newest pod template');
    },
    notify: async ({ text }: { readonly text: string }) => {
      pages.push({ text, underWay });
    },
    markLog: async () => {
      throw new Error('no log');
    },
    describeRun: async () => ({ status: 'RUNNING' }),
  };
  const scope = {
    environment: { name: 'lab', digest: 'd' },
    evidence: { name: 'e', path: '/nowhere' },
    tag: 't',
  };
  const input = {
    ...{ environment: 'lab', holderWorkflowId: 'run', holderRunId: 'run-1', watch: false },
    patienceMs: PATIENCE_MS,
    owed: {
      order: { cause: 'command', by: 'Ada', reason: 'enough', thenHold: false, holderRunId: null },
      undo: [{ undo: { kind: 'flags', capture: null }, scope }],
    },
  } as unknown as GuardianInput;
  try {
    const worker = await Worker.create({
      connection: environment.nativeConnection,
      taskQueue: 'readiness',
      workflowBundle: { codePath: BUNDLE_PATH },
      activities,
    });
    const handle = await worker.runUntil(async () => {
      const started = await environment.client.workflow.start('environmentGuardian', {
        taskQueue: 'readiness',
        workflowId: 'environment-lab',
        args: [input],
      });
      expect(await started.result()).toMatchObject({ ended: 'rolled-back', rollback: { complete: true } });
      return started;
    });
    expect(pages).toEqual([
      { underWay: true, text: expect.stringMatching(/the first try is still under way/) },
      { underWay: false, text: expect.stringMatching(/1 of 2 replicas have the newest pod template/) },
    ]);
    const history = await handle.fetchHistory();
    await Worker.runReplayHistory({ workflowBundle: { codePath: BUNDLE_PATH } }, history, 'environment-lab');
  } finally {
    await environment.teardown();
  }
});
