import { describe, expect, test } from '@jest/globals';
import type { Client } from '@temporalio/client';
import { defaultDataConverter, defaultPayloadConverter } from '@temporalio/common';
import type proto from '@temporalio/proto';
import { MockActivityEnvironment } from '@temporalio/testing';
import type { OwedUndo } from '../../../activities/contract.js';
import { readDecisionIdentity, readOwedUndo } from '../../../activities/lease/from-history.js';

type HistoryEvent = proto.temporal.api.history.v1.IHistoryEvent;

const SCOPE = { environment: { name: 'e', digest: 'd' }, evidence: { name: 'x', path: '/x' }, tag: 't' };
const FLAGS = { kind: 'flags', capture: null };
const ROWS = { kind: 'rows' };

/** A client that knows one history; on a real server it is read in test/steering/guardian. */
function clientOf(events: readonly HistoryEvent[]): Client {
  const handle = { fetchHistory: () => Promise.resolve({ events }) };
  return {
    options: { loadedDataConverter: defaultDataConverter },
    workflow: { getHandle: () => handle },
  } as unknown as Client;
}

const payloads = (value: unknown) => ({ payloads: [defaultPayloadConverter.toPayload(value)] });
const started = (argument: unknown): HistoryEvent => ({
  workflowExecutionStartedEventAttributes: { input: payloads(argument) },
});
const accepted = (updateId: string, argument: unknown, name = 'registerUndo'): HistoryEvent => ({
  workflowExecutionUpdateAcceptedEventAttributes: {
    acceptedRequest: {
      meta: { updateId, identity: 'cli@host' },
      input: { name, args: payloads(argument) },
    },
  },
});
const refused = (updateId: string): HistoryEvent => ({
  workflowExecutionUpdateCompletedEventAttributes: {
    meta: { updateId },
    outcome: { failure: { message: 'no' } },
  },
});

async function owed(...events: HistoryEvent[]): Promise<string[]> {
  const { undo } = await readOwedUndo(clientOf(events), { workflowId: 'environment-e', runId: 'r' });
  for (const one of undo) expect(one.scope).toEqual(SCOPE);
  return undo.map((one: OwedUndo) => one.undo.kind);
}

describe('what a guardian owes, by its history', () => {
  const request = (undo: unknown) => ({ undo, scope: SCOPE });

  test('nothing when it began with nothing and nobody registered anything', async () => {
    expect(await owed(started({ owed: null }))).toEqual([]);
    expect(await owed(started(null))).toEqual([]);
    expect(await owed()).toEqual([]);
  });
  test('what it was started with, and what was registered', async () => {
    expect(await owed(started({ owed: { undo: [request(FLAGS)] } }), accepted('1', request(ROWS)))).toEqual([
      'flags',
      'rows',
    ]);
  });
  test('one of each kind', async () => {
    expect(await owed(accepted('1', request(FLAGS)), accepted('2', request(FLAGS)))).toEqual(['flags']);
  });
  test('the shape of the first version: a single one', async () => {
    expect(await owed(started({ owed: request(FLAGS) }))).toEqual(['flags']);
  });
  test('not what its handler refused, and not what another update said', async () => {
    expect(
      await owed(accepted('1', request(FLAGS)), refused('1'), accepted('2', request(ROWS), 'permit')),
    ).toEqual([]);
  });
});

describe('until when a permitted change may still land, by the history', () => {
  const at = (second: number, event: HistoryEvent): HistoryEvent => ({
    ...{ ...event, eventTime: { seconds: second as never, nanos: 500_000 } },
  });
  const permit = (second: number, id: string, ttlMs = 10_000): HistoryEvent =>
    at(second, accepted(`u-${id}`, { id, ttlMs, holderRunId: 'r' }, 'permit'));
  const over = (id: string): HistoryEvent => ({
    workflowExecutionSignaledEventAttributes: { signalName: 'permitDone', input: payloads({ id }) },
  });
  const until = async (...events: HistoryEvent[]): Promise<number | null | undefined> =>
    (await readOwedUndo(clientOf(events), { workflowId: 'environment-e', runId: 'r' })).permitsUntil;

  test('nothing can when no permit was out', async () => {
    expect(await until(started({ owed: null }))).toBeNull();
    expect(await until(permit(5, 'a'), over('a'))).toBeNull();
    // A reset applies signals and updates again, in another order.
    expect(await until(over('a'), permit(5, 'a'))).toBeNull();
    expect(await until(permit(5, 'a'), refused('u-a'))).toBeNull();
  });
  test('the latest of those that were', async () => {
    expect(await until(permit(5, 'a', 45_000), permit(6, 'b'), permit(7, 'c'), over('c'))).toBe(50_001);
  });
  test('what the guardian itself was started with goes on', async () => {
    expect(await until(started({ owed: { undo: [], permitsUntil: 77 } }))).toBe(77);
  });
});

describe('who decided, by the history', () => {
  const input = { workflowId: 'w', runId: 'r', command: 'approve', digest: 'D', by: 'Ada' };
  const found = (...events: HistoryEvent[]) =>
    new MockActivityEnvironment().run(() => readDecisionIdentity(clientOf(events), input));

  test('is the sender of the command with this digest and this name', async () => {
    const right = { gate: 'soak', digest: 'D', by: ' Ada ' };
    expect(await found(accepted('1', right, 'approve'))).toMatchObject({ found: true, identity: 'cli@host' });
  });
  test.each([
    ['another digest', { digest: 'E', by: 'Ada' }, 'approve'],
    ['another name', { digest: 'D', by: 'Bob' }, 'approve'],
    ['another command', { digest: 'D', by: 'Ada' }, 'reject'],
    ['no name', { digest: 'D' }, 'approve'],
    ['nonsense', 'D', 'approve'],
  ])('is nobody: %s', async (_name, payload, command) => {
    expect(await found(accepted('1', payload, command))).toMatchObject({ found: false, identity: null });
  });
});
