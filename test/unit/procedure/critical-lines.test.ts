/** Critical texts of the log: which are kept of a step, and which rule reads them. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { withCritical } from '../../../procedure/critical-lines.js';
import { createLogParser } from '../../../procedure/log-events.js';
import type { LogObservation, Observation } from '../../../procedure/observations.js';
import { findingsOf } from '../../../procedure/rules/table.js';
import { judgeRecorded, RECORDED } from '../../support/recorded-go.js';

const STRICT = 'ERROR Dual-write strict mode: raising exception';
const POOL = 'FATAL: sorry, too many clients already';
const OWN = 'ERROR: could not extend file "base/16384/2601": No space left on device';

/** The recorded GO with these critical texts in the log of flow 1; `null` = a record that kept no list. */
function withTexts(texts: readonly string[] | null, reason: string | null): Observation[] {
  return RECORDED.observations.map((one) => {
    if (one.id !== 'after-flow1-log' || one.kind !== 'log') return one;
    const log: LogObservation = { ...one, counts: { ...one.counts, critical: 1 }, reason };
    return texts === null ? log : { ...log, criticalTexts: texts };
  });
}

function rulesOf(observations: readonly Observation[]): string[] {
  return findingsOf({ observations, thresholds: RECORDED.thresholds })
    .filter(
      ({ severity, action, verdict }) => `${severity} ${action} ${verdict}` === 'CRITICAL disable NO_GO',
    )
    .map(({ rule }) => rule)
    .sort();
}

describe('the rules', () => {
  test.each([
    { texts: [OWN], rules: ['critical-log-line'] },
    { texts: [STRICT], rules: ['strict-mode-fails-requests'] },
    { texts: [POOL], rules: ['pool-exhaustion'] },
    { texts: [OWN, STRICT], rules: ['critical-log-line', 'strict-mode-fails-requests'] },
    {
      texts: [OWN, POOL, STRICT],
      rules: ['critical-log-line', 'pool-exhaustion', 'strict-mode-fails-requests'],
    },
  ])('read every text: $texts', ({ texts, rules }) => {
    const observations = withTexts(texts, `critical: ${texts[0] ?? ''}`);
    expect(rulesOf(observations)).toEqual(rules);
    expect(judgeRecorded(observations).verdict).toBe('NO_GO');
  });

  test.each([
    { reason: `critical: ${STRICT}`, rules: ['strict-mode-fails-requests'] },
    { reason: `critical: ${POOL}`, rules: ['pool-exhaustion'] },
    { reason: `critical: ${OWN}`, rules: [] },
    { reason: null, rules: [] },
  ])('judge a record without the list as it was judged: $reason', ({ reason, rules }) => {
    expect(rulesOf(withTexts(null, reason))).toEqual(rules);
  });

  test('whatever critical text there is, one of the three disables', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (text) => {
        expect(rulesOf(withTexts([text], null)).length).toBeGreaterThan(0);
      }),
    );
  });
});

describe('the list of a step', () => {
  test('is bounded, holds nothing twice, and no kind hides another', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom(STRICT, POOL, OWN), fc.nat(), fc.string({ maxLength: 3 })), {
          maxLength: 60,
        }),
        (lines) => {
          const kept = lines
            .map(([text, number, more]) => `${String(number)} ${text} ${more}`)
            .reduce<readonly string[]>(withCritical, []);
          expect(kept.length).toBeLessThanOrEqual(15);
          expect(new Set(kept).size).toBe(kept.length);
          for (const [text] of lines) expect(kept.some((one) => one.includes(text))).toBe(true);
        },
      ),
    );
  });

  test('takes lines that differ in times and numbers for one', () => {
    expect(
      [`12:00:01 [7] ${POOL}`, `12:00:02 [81] ${POOL}`].reduce<readonly string[]>(withCritical, []),
    ).toHaveLength(1);
  });
});

describe('an access line', () => {
  const parse = createLogParser(['QueuePool limit', 'too many clients', 'could not extend file']);
  const access = (agent: string, more = ''): string =>
    `10.0.0.7 - - [23/Nov/2026:10:00:00 +0000] "GET /api/ HTTP/1.1" 200 12 "-" "${agent}"${more}`;
  test.each([
    access('QueuePool limit'),
    access('say \\"QueuePool limit\\" twice'),
    access('QueuePool limit', ' "too many clients"'),
    '10.0.0.7 - - [x] "GET /?q=could not extend file HTTP/1.1" 404 0 "-" "curl"',
    JSON.stringify({ level: 'INFO', message: access('QueuePool limit') }),
    JSON.stringify({ level: 'INFO', message: access('curl'), agent: 'QueuePool limit' }),
    JSON.stringify({ level: 'INFO', message: access('Dual-write strict mode: raising exception') }),
    JSON.stringify({ level: 'INFO', message: access('Dual-write failed for team creation: 1') }),
  ])('is never critical by what a stranger chose: %s', (line) => {
    expect(parse(line)).toBeNull();
  });

  test.each([
    'ERROR "POST /api/ HTTP/1.1" failed: too many clients already',
    JSON.stringify({ level: 'ERROR', message: '"POST /api/ HTTP/1.1" 500: too many clients already' }),
    JSON.stringify({ level: 'ERROR', message: '"POST / HTTP/1.1" 500', exc_info: 'FATAL: too many clients' }),
    'ERROR: could not extend file "base/1"',
  ])('is critical by what the target says beside the request: %s', (line) => {
    expect(parse(line)?.critical).toEqual(expect.any(String));
  });
});
