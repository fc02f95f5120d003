import { expect, test } from '@jest/globals';
import type { Target, TargetChanges } from '../../../activities/targets/target.js';
import { TargetWatch } from '../../../activities/watch/target-watch.js';

const NOTHING = { drift: [], restarts: [], loops: [] };
const signal = new AbortController().signal;

/** A target of which each look sees the next of these, and is told what the caller remembered. */
function targetOf(looks: readonly (Omit<TargetChanges, 'state'> | Error)[]): {
  readonly target: Target;
  readonly since: (string | null)[];
  readonly leftOut: string[];
} {
  const since: (string | null)[] = [];
  const leftOut: string[] = [];
  let at = 0;
  const readChanges: NonNullable<Target['readChanges']> = (state, _signal, leaveOut = 'nothing') => {
    since.push(state);
    leftOut.push(leaveOut);
    at += 1;
    const look = looks[at - 1] ?? NOTHING;
    return look instanceof Error
      ? Promise.reject(look)
      : Promise.resolve({ ...look, state: `state ${String(at)}` });
  };
  return { target: { readChanges } as unknown as Target, since, leftOut };
}

test('each look is compared with the one before; what cannot be read is compared the next time', async () => {
  const { target, since } = targetOf([NOTHING, new Error('away'), NOTHING]);
  const watch = new TargetWatch({ observationId: 'watch-state-0001' });
  for (let look = 0; look < 3; look += 1) await watch.look(target, signal);
  expect(since).toEqual([null, 'state 1', 'state 1']);
  expect([watch.changed, watch.observations(), watch.state]).toEqual([false, [], 'state 3']);
});

test('what was seen is told once, and known from then on', async () => {
  const edited = { kind: 'edited' as const, text: 'image a became b, by kubectl-edit' };
  const { target } = targetOf([NOTHING, { ...NOTHING, drift: [edited], restarts: ['container web ended'] }]);
  const watch = new TargetWatch({ observationId: 'watch-state-0001' });
  await watch.look(target, signal);
  await watch.look(target, signal);
  // A worker that dies before it is told compares with the former state again.
  expect([watch.changed, watch.state]).toEqual([true, 'state 1']);
  expect(watch.observations()).toEqual([
    expect.objectContaining({ kind: 'drift', id: 'watch-state-0001-drift', changes: [edited] }),
    expect.objectContaining({
      ...{ kind: 'restarts', id: 'watch-state-0001-containers', count: 1, loop: false },
      reason: 'container web ended',
    }),
  ]);
  expect(watch.state).toBe('state 2');
});

test('goes on where the former call, or the former attempt of this one, was', async () => {
  const { target, since } = targetOf([]);
  await new TargetWatch({ observationId: 'a', target: 'carried' }).look(target, signal);
  await new TargetWatch({ observationId: 'a', target: 'carried' }, { target: 'beaten' }).look(target, signal);
  expect(since).toEqual(['carried', 'beaten']);
});

test('a method that cannot tell is asked nothing', async () => {
  const watch = new TargetWatch({ observationId: 'a' });
  await watch.look({} as Target, signal);
  expect([watch.changed, watch.state]).toEqual([false, null]);
});

test('the first look is compared with before the own change: what others did is told, the new pods are not', async () => {
  const edited = { kind: 'edited' as const, text: 'image a became b, by kubectl-edit' };
  const seen = { drift: [edited], restarts: ['container web ended'], loops: ['container web dies'] };
  const { target, since, leftOut } = targetOf([seen, NOTHING]);
  const watch = new TargetWatch({ observationId: 'a', reference: 'before' });
  await watch.look(target, signal);
  expect(watch.observations()).toEqual([
    expect.objectContaining({ kind: 'drift', id: 'a-drift', changes: [edited] }),
  ]);
  await watch.look(target, signal);
  expect([since, leftOut]).toEqual([
    ['before', 'state 1'],
    ['own', 'nothing'],
  ]);
});
