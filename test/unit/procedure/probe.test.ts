import { expect, test } from '@jest/globals';
import type { RowDifference } from '../../../procedure/observations.js';
import { judgeProbe } from '../../../procedure/probe.js';

type Copy = Parameters<typeof judgeProbe>[1];
type Log = Parameters<typeof judgeProbe>[2];

const difference = (more: Partial<RowDifference>): RowDifference => ({
  ...{ class: 'missing-in-legacy', row: 'team 7', field: 'mapping', expected: 'x', found: 'no row' },
  ...more,
});
const NOTHING = difference({});
const copy = (status: Copy['status'], ...differences: RowDifference[]): Copy => ({
  ...{ status, differences, reason: status === 'unknown' ? 'statement timeout' : null },
});
const log = (status: Log['status']): Log => ({ status, reason: status === 'unreadable' ? 'HTTP 503' : null });

interface Case {
  readonly copy: Copy;
  readonly log: Log;
  readonly status: string;
  readonly detail: RegExp;
}
type Row = [string, Copy, Log, string, RegExp];
const CASES = (
  [
    ['nothing of it', copy('missing', NOTHING), log('silent'), 'done', /no mapping, no dual-write line/],
    [
      'nothing, the log unreadable',
      copy('missing', NOTHING),
      log('unreadable'),
      'done',
      /could not be read \(HTTP 503\)/,
    ],
    ['a right copy', copy('copied'), log('silent'), 'failed', /it was copied/],
    [
      'a wrong copy',
      copy('wrong', difference({ class: 'field-differs', field: 'region', found: 'NA' })),
      log('silent'),
      'failed',
      /field-differs team 7: found NA/,
    ],
    [
      'a copy with the membership missing',
      copy('missing', difference({ row: 'membership 9 (captain)', field: null })),
      log('silent'),
      'failed',
      /membership 9/,
    ],
    [
      'a copy without a mapping',
      copy('missing', difference({ found: 'legacy team 5 of the same name, without a mapping' })),
      log('silent'),
      'failed',
      /legacy team 5/,
    ],
    ['a line', copy('missing', NOTHING), log('seen'), 'failed', /the log has a line/],
    ['a line of a failure', copy('missing', NOTHING), log('failed'), 'failed', /the log has a line/],
    [
      'rows that could not be read',
      copy('unknown'),
      log('silent'),
      'not-needed',
      /proves nothing: statement timeout/,
    ],
    ['rows that could not be read, but a line', copy('unknown'), log('seen'), 'failed', /the log has a line/],
    [
      'a team that somebody has deleted',
      copy('wrong', difference({ class: 'missing-in-new', field: null })),
      log('silent'),
      'not-needed',
      /the team is gone/,
    ],
    [
      'nothing of it, beside a second copy of another team of the run',
      copy('wrong', NOTHING, difference({ class: 'surplus-in-legacy', row: 'legacy team 3 (Perf)' })),
      log('silent'),
      'done',
      /no mapping/,
    ],
  ] satisfies Row[]
).map(([name, rows, lines, status, detail]): [string, Case] => [
  name,
  { copy: rows, log: lines, status, detail },
]);

test.each(CASES)('%s', (_, { copy: rows, log: lines, status, detail }) => {
  expect(judgeProbe(7, rows, lines)).toMatchObject({
    ...{ part: 'probe write', status, detail: expect.stringMatching(detail) as unknown },
  });
});
