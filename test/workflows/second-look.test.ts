/** A change that was permitted before a rollback may land during its first look: the target is looked at once more. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import proto from '@temporalio/proto';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import { timeSkippingExecutable } from '../../lab/test-server.js';
import { SEARCH_ATTRIBUTES } from '../../procedure/search-attributes.js';
import { BUNDLE_PATH } from '../../worker/bundle-path.js';
import type { environmentGuardian, GuardianInput } from '../../workflows/guardian.js';
import {
  orderRollbackSignal,
  permitDoneSignal,
  permitUpdate,
  registerUndoUpdate,
} from '../../workflows/messages.js';

const SCOPE = {
  ...{ environment: { name: 'lab', digest: 'd' }, evidence: { name: 'e', path: '/nowhere' }, tag: 't' },
};
const FLAGS = { kind: 'flags', capture: null } as const;
const ORDER = { cause: 'command', by: 'Ada', reason: 'enough', thenHold: false, holderRunId: null } as const;
const HOLDER = 'run-1';

let environment: TestWorkflowEnvironment;
let started = 0;

beforeAll(async () => {
  const server = await timeSkippingExecutable();
  if (!server.available) throw new Error(`the time-skipping server is not to be had: ${server.reason}`);
  environment = await TestWorkflowEnvironment.createTimeSkipping({
    server: { executable: server.executable },
  });
  const { INDEXED_VALUE_TYPE_KEYWORD } = proto.temporal.api.enums.v1.IndexedValueType;
  await environment.connection.operatorService.addSearchAttributes({
    namespace: environment.namespace ?? 'default',
    searchAttributes: Object.fromEntries(SEARCH_ATTRIBUTES.map((name) => [name, INDEXED_VALUE_TYPE_KEYWORD])),
  });
});
afterAll(() => environment.teardown());

type When = 'none' | 'over before' | 'over during the first look' | 'of a guardian that is gone';

/** How often a rollback looks at the target, with a permit of a change of that kind. */
async function looks(permit: When): Promise<number> {
  let seen = 0;
  started += 1;
  const name = `guardian-${String(started)}`;
  const handle = environment.client.workflow.getHandle(name);
  const over = (): Promise<void> => handle.signal(permitDoneSignal, { id: 'change' });
  const activities = {
    restoreFlags: async () => {
      seen += 1;
      if (seen === 1 && permit === 'over during the first look') await over();
      return { changed: true, restarted: true, rollout: { reason: null } };
    },
    notify: () => Promise.resolve(),
    markLog: () => Promise.reject(new Error('no log')),
    describeRun: () => Promise.resolve({ status: 'RUNNING' }),
  };
  const worker = await Worker.create({
    connection: environment.nativeConnection,
    ...{ taskQueue: name, workflowBundle: { codePath: BUNDLE_PATH }, activities },
  });
  const owed = permit === 'of a guardian that is gone';
  const permitsUntil = (await environment.currentTimeMs()) + 10_000;
  const input = {
    ...{ environment: 'lab', holderWorkflowId: 'run', holderRunId: HOLDER, watch: false, patienceMs: 60_000 },
    owed: owed ? { order: ORDER, undo: [{ undo: FLAGS, scope: SCOPE }], permitsUntil } : null,
  } satisfies GuardianInput as GuardianInput;
  await worker.runUntil(async () => {
    await environment.client.workflow.start<typeof environmentGuardian>('environmentGuardian', {
      ...{ taskQueue: name, workflowId: name, args: [input] },
    });
    if (!owed) {
      const undo = { holderRunId: HOLDER, undo: FLAGS, scope: SCOPE };
      await handle.executeUpdate(registerUndoUpdate, { args: [undo] });
      if (permit !== 'none')
        await handle.executeUpdate(permitUpdate, {
          args: [{ id: 'change', holderRunId: HOLDER, ttlMs: 3_600_000 }],
        });
      if (permit === 'over before') await over();
      await handle.signal(orderRollbackSignal, ORDER);
    }
    expect(await handle.result()).toMatchObject({ ended: 'rolled-back', rollback: { complete: true } });
  });
  await Worker.runReplayHistory(
    { workflowBundle: { codePath: BUNDLE_PATH } },
    await handle.fetchHistory(),
    name,
  );
  return seen;
}

test.each<[When, number]>([
  ['none', 1],
  ['over before', 1],
  ['over during the first look', 2],
  ['of a guardian that is gone', 2],
])('a permit: %s: %i look(s)', async (permit, times) => {
  expect(await looks(permit)).toBe(times);
});
