import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createLogParser, parseLogLine, type LogEvent } from '../../../procedure/log-events.js';

const PREFIX = '2026-11-23 00:33:43,356 apps.organizations.api.views views 2229 140381825971904';

describe('the three shapes of docs/target.md', () => {
  const cases: readonly (readonly [string, Partial<LogEvent>])[] = [
    [
      `INFO ${PREFIX} event_type=dual_write_scheduled operation=sync_team_created team_id=123`,
      { event: 'scheduled', operation: 'sync_team_created', teamId: 123, membershipId: null },
    ],
    [
      `INFO ${PREFIX} event_type=dual_write_completed operation=sync_team_created team_id=123 duration_ms=45`,
      { event: 'completed', teamId: 123, durationMs: 45 },
    ],
    [
      `WARNING ${PREFIX} event_type=dual_write_failed operation=sync_team_member_added team_id=1 membership_id=9 error="no \\"such\\" table"`,
      { event: 'failed', operation: 'sync_team_member_added', membershipId: 9, error: 'no "such" table' },
    ],
    [`INFO event_type=dual_write_scheduled`, { event: 'scheduled', operation: null, teamId: null }],
    [
      `INFO ${PREFIX} Dual-write scheduled for team creation: 1`,
      { event: 'scheduled', operation: 'sync_team_created', teamId: 1 },
    ],
    [
      `ERROR ${PREFIX} Dual-write failed for team creation: 1`,
      { event: 'failed', operation: 'sync_team_created', teamId: 1 },
    ],
    [
      `INFO ${PREFIX} Dual-write scheduled for member addition: 77`,
      { event: 'scheduled', operation: 'sync_team_member_added', teamId: null, membershipId: 77 },
    ],
    [
      `INFO x Dual-write scheduled for member role update: 7`,
      { operation: 'sync_team_member_updated', membershipId: 7 },
    ],
    [
      `INFO x Dual-write scheduled for settings update: 7`,
      { operation: 'sync_team_settings_updated', teamId: 7 },
    ],
    [
      `INFO x Dual-write failed for member removal: 7`,
      { event: 'failed', operation: 'sync_team_member_removed', membershipId: 7 },
    ],
    [
      `INFO ${PREFIX} Team synced: vNext 1 → Legacy 501`,
      { event: 'completed', operation: 'sync_team_created', teamId: 1, legacyId: 501 },
    ],
    [
      `INFO x Membership synced: vNext 3 -> Legacy 2001`,
      { event: 'completed', operation: 'sync_team_member_added', membershipId: 3, legacyId: 2001 },
    ],
    [
      `INFO x Membership updated: vNext 3`,
      { event: 'completed', operation: 'sync_team_member_updated', membershipId: 3 },
    ],
    [
      `INFO x Membership removed: vNext 3`,
      { event: 'completed', operation: 'sync_team_member_removed', membershipId: 3 },
    ],
    [
      `INFO x Team settings synced: vNext 4`,
      { event: 'completed', operation: 'sync_team_settings_updated', teamId: 4 },
    ],
    [
      `ERROR x Failed to sync team creation: vNext 2`,
      { event: 'failed', operation: 'sync_team_created', teamId: 2 },
    ],
    [
      `ERROR x Failed to sync member role update: vNext 2`,
      { event: 'failed', operation: 'sync_team_member_updated', membershipId: 2 },
    ],
    [
      '{"levelname":"INFO","asctime":"2026-11-23 00:42:52,742","message":"Dual-write scheduled for team creation: 2","event_type":"dual_write_scheduled","operation":"sync_team_created","team_id":2,"user_id":2}',
      { event: 'scheduled', operation: 'sync_team_created', teamId: 2 },
    ],
    [
      '{"levelname":"ERROR","message":"Dual-write failed for member addition: 5","event_type":"dual_write_failed","operation":"sync_team_member_added","membership_id":5,"team_slug":"x","exception_type":"KeyError","exception_message":"profile","exc_info":"Traceback"}',
      { event: 'failed', membershipId: 5, teamId: null, error: 'KeyError: profile' },
    ],
    [
      '{"levelname":"INFO","message":"Team synced: vNext 8 \\u2192 Legacy 9"}',
      { event: 'completed', teamId: 8, legacyId: 9 },
    ],
    [
      '{"message":"Dual-write failed for settings update: 6"}',
      { event: 'failed', operation: 'sync_team_settings_updated', teamId: 6 },
    ],
    [
      '{"event_type":"dual_write_completed","team_id":"12","duration_ms":4.5}',
      { event: 'completed', operation: null, teamId: 12, durationMs: 4.5 },
    ],
    ['web-1  | {"message":"Team synced: vNext 8 → Legacy 9"}', { event: 'completed', teamId: 8 }],
    ['ERROR x Dual-write failed for team creation: 1 {"a": 1}', { event: 'failed', teamId: 1 }],
    [
      'ERROR x Dual-write strict mode: raising exception',
      { event: 'critical', critical: 'ERROR x Dual-write strict mode: raising exception' },
    ],
  ];
  test.each(cases)('%s', (line, expected) => {
    expect(parseLogLine(line)).toMatchObject({
      critical: null,
      raw: line,
      ...expected,
    });
  });

  const none = [
    '',
    'INFO Dual-write failure logged, request succeeded (strict_mode=false)',
    '127.0.0.1 - - [23/Nov/2026] "POST /x/?q=Dual-write failed for team creation: 1 HTTP/1.1" 201 99',
    '  File "/app/apps/dual_write.py", line 3, in x  # Dual-write failed for team creation: 1',
    '    logger.error("Dual-write failed for team creation: 1")',
    'apps.organizations.services.SyncError: Dual-write failed for team creation: 1',
    '{"levelname":"INFO","message":"GET /","path":"/?event_type=dual_write_failed"}',
    '{"levelname":"ERROR","message":"boom","exc_info":"Dual-write failed for team creation: 1"}',
    'INFO event_type=login operation=sync_team_created team_id=1',
    '{"event_type":"constructor","message":"x"}',
    '{"event_type":"dual_write_failed"',
    'INFO x Team deleted: vNext 1',
  ];
  test.each(none.map((line) => [line]))('no event: %s', (line) => {
    expect(parseLogLine(line)).toBeNull();
  });
});

describe('critical texts of an environment', () => {
  const parse = createLogParser(['too many clients already', 'a.c']);
  test('mark a line in any letter case, literally, also inside a traceback', () => {
    expect(parse('psycopg.OperationalError: FATAL:  sorry, Too Many Clients already')).toMatchObject({
      event: 'critical',
      critical: expect.stringContaining('Too Many Clients'),
    });
    expect(parse('abc')).toBeNull();
  });
  test('leave an event what it is', () => {
    const line =
      '{"event_type":"dual_write_failed","team_id":3,"exception_message":"too many clients already"}';
    expect(parse(line)).toMatchObject({ event: 'failed', critical: line, teamId: 3 });
  });
});

describe('any text', () => {
  test('never throws and never invents an id', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 300 }),
        fc.constantFrom('', 'event_type=dual_write_failed ', 'Dual-write failed for '),
        (text, start) => {
          const event = parseLogLine(start + text);
          if (event?.teamId != null) expect(text).toContain(String(event.teamId));
        },
      ),
    );
  });
  test('what is written in one of the shapes is read back', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 2 ** 31 }),
        fc.constantFrom('scheduled', 'failed'),
        fc.boolean(),
        (id, word, json) => {
          const sentence = `Dual-write ${word} for team creation: ${String(id)}`;
          const line = json ? JSON.stringify({ message: sentence }) : `INFO ${PREFIX} ${sentence}`;
          expect(parseLogLine(line)).toMatchObject({ event: word, teamId: id });
        },
      ),
    );
  });
});

test('goes through 20 MB of ordinary lines in a second of a processor', () => {
  const parse = createLogParser([
    'too many clients already',
    'remaining connection slots are reserved',
    'QueuePool limit',
    'Dual-write strict mode: raising exception',
  ]);
  const ordinary = `INFO ${PREFIX} GET /api/vnext/teams/some-team/ 200 12.4ms correlation_id=6f1c4f3e-1111-2222-3333-444455556666 user=captain1`;
  const event =
    '{"levelname":"INFO","message":"Dual-write scheduled for team creation: 2","event_type":"dual_write_scheduled","operation":"sync_team_created","team_id":2}';
  const lines = Array.from({ length: 150_000 }, (_, at) => (at % 50 === 0 ? event : ordinary));
  const bytes = lines.reduce((sum, line) => sum + line.length + 1, 0);
  // Time of the processor, not of the clock: other suites run beside this one.
  const started = process.cpuUsage();
  const found = lines.filter((line) => parse(line) !== null).length;
  const { user, system } = process.cpuUsage(started);
  const seconds = (user + system) / 1e6;
  expect(found).toBe(3000);
  expect(bytes / 1e6 / seconds).toBeGreaterThan(20);
});
