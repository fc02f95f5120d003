import type { LatencyObservation } from '../observations.js';

/** Kinds of failures worth a word of their own, e.g. `HTTP 5xx: 2, no answer within the time limit: 1`; empty = none of them. Pure. */
export function failureKinds(
  one: Pick<LatencyObservation, 'serverErrors' | 'unanswered' | 'connectionsLost'>,
): string {
  const kinds: readonly (readonly [string, number | undefined])[] = [
    ['HTTP 5xx', one.serverErrors],
    ['no answer within the time limit', one.unanswered],
    ['connection lost before the answer', one.connectionsLost],
  ];
  return kinds.flatMap(([what, count = 0]) => (count === 0 ? [] : [`${what}: ${String(count)}`])).join(', ');
}
