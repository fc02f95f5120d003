import { describe, expect, test } from '@jest/globals';
import { run } from './harness.js';

describe('what was typed', () => {
  test('help and version end with 0', async () => {
    expect(await run(['--version'])).toEqual({ exitCode: 0, out: '1.2.3\n', err: '' });
    const help = await run(['--help']);
    expect(help.exitCode).toBe(0);
    for (const name of [
      'init',
      'doctor',
      'worker',
      'plan',
      'start',
      'status',
      'watch',
      'logs',
      'approve',
      'reject',
      'pause',
      'resume',
      'extend-soak',
      'finish-soak',
      'retry',
      'skip',
      'rollback',
      'acknowledge',
      'list',
      'verify',
      'evaluate',
      'compare',
    ]) {
      expect(help.out).toMatch(new RegExp(`^  ${name} `, 'm'));
    }
  });

  test.each([
    [['no-such-command'], /unknown command 'no-such-command'/],
    [['status', '--no-such-option'], /unknown option '--no-such-option'/],
    [['verify'], /missing required argument 'folder'/],
    [['evaluate'], /missing required argument 'folder'/],
    [['compare', 'one'], /missing required argument 'second'/],
    [['evaluate', 'no-such-folder'], /no-such-folder cannot be read/],
    [['status', 'one', 'two'], /too many arguments/],
    [['start'], /environment: is missing/],
    [['approve', '--by', 'ann'], /--gate is missing: one of enable, soak, finish/],
    [['approve', '--gate', 'door', '--by', 'ann'], /There is no gate "door"/],
    [['approve', '--gate', 'enable'], /--by is missing/],
    [['approve', '--gate', 'enable', '--by', 'ann', '--cleanup'], /belong to gate finish/],
    [['approve', '--gate', 'finish', '--by', 'ann', '--dual-write', 'maybe'], /must be keep or disable/],
    [['rollback'], /--by is missing/],
    [['logs', '--follow', '--json'], /--follow has no end/],
    [['logs', '--lines', '0'], /--lines must be a whole number from 1 to 1000/],
    [['init'], /Nothing to do/],
    [['status', '--address', 'nonsense'], /is not host:port/],
    [['status', '--ui', 'ftp://x'], /not an http\(s\) address/],
    [['status', '--profile', 'nobody'], /Profile 'nobody' not found/],
  ])('%j is refused with 2 and one message', async (argv, message) => {
    const ran = await run(argv);
    expect(ran.exitCode).toBe(2);
    expect(ran.err).toMatch(message);
    expect(ran.err).not.toMatch(/\n\s+at /);
    expect(argv.includes('--json') || ran.out === '').toBe(true);
  });

  test('with --json an error is a document on standard output too', async () => {
    const ran = await run(['start', '--json', '--environment', 'Not A Name', '--soak', 'long']);
    expect(ran.exitCode).toBe(2);
    const document = JSON.parse(ran.out) as { ok: boolean; exitCode: number; error: { message: string } };
    expect(document).toMatchObject({ ok: false, exitCode: 2 });
    expect(document.error.message).toContain('environment:');
    expect(document.error.message).toContain('soak:');
    const misspelt = await run(['stat', '--json']);
    expect(JSON.parse(misspelt.out)).toMatchObject({ ok: false, exitCode: 2 });
  });

  test('a Temporal that is not there is 4 for commands that need it', async () => {
    const { openSession } = await import('../../../client/temporal/session.js');
    const { resolveSettings } = await import('../../../client/temporal/settings.js');
    const { Options } = await import('../../../client/options.js');
    const settings = resolveSettings(new Options({ address: '127.0.0.1:1' }), {
      TEMPORAL_CONFIG_FILE: '/nonexistent',
    });
    await expect(openSession(settings, '0')).rejects.toMatchObject({
      exitCode: 4,
      message: expect.stringContaining('connection refused'),
    });
  });
});
