import { describe, expect, test } from '@jest/globals';
import type { V1ContainerStatus } from '@kubernetes/client-node';
import fc from 'fast-check';
import { comparePods } from '../../../../../activities/targets/kubernetes/pod-restarts.js';
import { podWith } from './objects.js';

const ENDED = new Date('2026-11-27T18:00:00Z');
const ended = (exitCode: number, reason: string, containerID = 'c1') => ({
  terminated: { exitCode, reason, containerID, finishedAt: ENDED },
});
const NOTHING = { restarts: [], outOfMemory: [], crashLoops: [], gone: [], added: [], evicted: [] };
const pods = (container: Partial<V1ContainerStatus>) => [podWith('a', { container })];

describe('between two looks', () => {
  test('nothing happened', () => {
    const same = pods({ restartCount: 4, lastState: ended(1, 'Error') });
    expect(comparePods(same, same)).toEqual(NOTHING);
  });

  test('a restart, with how it ended', () => {
    const after = pods({ restartCount: 3, lastState: ended(3, 'Error') });
    expect(comparePods(pods({ restartCount: 1 }), after)).toEqual({
      ...NOTHING,
      restarts: [
        {
          pod: 'a',
          container: 'web',
          restarts: 2,
          reason: 'Error',
          exitCode: 3,
          endedAt: ENDED.toISOString(),
        },
      ],
    });
  });

  test('killed for memory: after its restart, and while it is not back yet', () => {
    const back = comparePods(pods({}), pods({ restartCount: 1, lastState: ended(137, 'OOMKilled') }));
    expect(back.outOfMemory).toEqual(back.restarts);
    expect(back.outOfMemory).toHaveLength(1);
    const dead = comparePods(pods({}), pods({ state: ended(137, 'OOMKilled') }));
    expect(dead).toMatchObject({ restarts: [], outOfMemory: [{ container: 'web', restarts: 0 }] });
    const known = pods({ state: ended(137, 'OOMKilled') });
    expect(comparePods(known, known).outOfMemory).toEqual([]);
  });

  test('a crash loop', () => {
    const loop = {
      restartCount: 5,
      state: { waiting: { reason: 'CrashLoopBackOff' } },
      lastState: ended(1, 'Error'),
    };
    expect(comparePods(pods({ restartCount: 4 }), pods(loop))).toMatchObject({
      crashLoops: ['a/web'],
      restarts: [{ restarts: 1 }],
    });
  });

  test('pods that were replaced, also under the same name', () => {
    const again = podWith('a');
    Object.assign(again.metadata ?? {}, { uid: 'another' });
    expect(comparePods([podWith('a'), podWith('b')], [again, podWith('b', { leaving: true })])).toEqual({
      ...NOTHING,
      gone: ['a', 'b'],
      added: ['a'],
    });
  });

  test('a new pod that restarts counts from zero', () => {
    const after = [podWith('n', { container: { restartCount: 2, lastState: ended(1, 'Error') } })];
    expect(comparePods([], after)).toMatchObject({ added: ['n'], restarts: [{ pod: 'n', restarts: 2 }] });
  });

  test('a pod that its node threw out is told once', () => {
    const evicted = [podWith('a', { phase: 'Failed', reason: 'Evicted' })];
    expect(comparePods([podWith('a')], evicted)).toMatchObject({
      gone: ['a'],
      evicted: [{ pod: 'a', reason: 'Evicted' }],
    });
    expect(comparePods(evicted, evicted)).toEqual(NOTHING);
  });
});

test('for any counts: restarts add up over looks in between', () => {
  const rising = fc.array(fc.nat({ max: 3 }), { minLength: 2, maxLength: 6 });
  fc.assert(
    fc.property(rising, (steps) => {
      let total = 0;
      const looks = steps.map((step) =>
        pods({ restartCount: (total += step), lastState: ended(1, 'Error') }),
      );
      const sum = (from: typeof looks, to: typeof looks) =>
        from
          .flatMap((before, index) => comparePods(before, to[index] ?? []).restarts)
          .reduce((all, one) => all + one.restarts, 0);
      expect(sum(looks.slice(0, -1), looks.slice(1))).toBe(sum(looks.slice(0, 1), looks.slice(-1)));
    }),
  );
});
