import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { standingsOf, withFlags } from '../../../activities/targets/env-file/env-file-text.js';
import { assignmentOfCapture, type FlagAssignment } from '../../../activities/targets/target.js';
import { FLAG_NAMES } from '../../../procedure/flags.js';

const ENABLED = 'TEAM_VNEXT_DUAL_WRITE_ENABLED';
const STRICT = 'TEAM_VNEXT_DUAL_WRITE_STRICT_MODE';

describe('a variable is set in its own line', () => {
  test.each([
    ['plain', `A=1\n${ENABLED}=false\nB=2\n`, `A=1\n${ENABLED}=true\nB=2\n`],
    ['with export', `export ${ENABLED}=false\n`, `export ${ENABLED}=true\n`],
    ['indented', `  ${ENABLED}=false\n`, `  ${ENABLED}=true\n`],
    ['double quotes', `${ENABLED}="false"\n`, `${ENABLED}="true"\n`],
    ['single quotes', `${ENABLED}='False'\n`, `${ENABLED}='true'\n`],
    ['comment behind', `${ENABLED}=false  # until P5\n`, `${ENABLED}=true  # until P5\n`],
    ['quotes and comment', `${ENABLED}="false" # x\n`, `${ENABLED}="true" # x\n`],
    ['no value', `${ENABLED}=\n`, `${ENABLED}=true\n`],
    ['no value but a comment', `${ENABLED}= # x\n`, `${ENABLED}=true # x\n`],
    ['blanks around =', `${ENABLED} = false\n`, `${ENABLED} = true\n`],
    ['CRLF', `A=1\r\n${ENABLED}=false\r\nB=2\r\n`, `A=1\r\n${ENABLED}=true\r\nB=2\r\n`],
    ['no final newline', `A=1\n${ENABLED}=false`, `A=1\n${ENABLED}=true`],
    ['twice: both lines', `${ENABLED}=false\n${ENABLED}=1\n`, `${ENABLED}=true\n${ENABLED}=true\n`],
    ['absent: one line at the end', 'A=1\n', `A=1\n${ENABLED}=true\n`],
    ['absent, no final newline', 'A=1', `A=1\n${ENABLED}=true`],
    ['absent, CRLF', 'A=1\r\n', `A=1\r\n${ENABLED}=true\r\n`],
    ['absent, empty file', '', `${ENABLED}=true\n`],
    ['a comment is no assignment', `# ${ENABLED}=false\n`, `# ${ENABLED}=false\n${ENABLED}=true\n`],
    ['a longer name is another', `${ENABLED}_OLD=false\n`, `${ENABLED}_OLD=false\n${ENABLED}=true\n`],
    [
      'inside a text of several lines it is no assignment',
      `NOTE="a\n${ENABLED}=false\nb"\n`,
      `NOTE="a\n${ENABLED}=false\nb"\n${ENABLED}=true\n`,
    ],
  ])('%s', (_, before, after) => {
    expect(withFlags(before, { [ENABLED]: 'true' })).toBe(after);
  });

  test('what others wrote meanwhile survives the restore', () => {
    const set = withFlags('A=1\n', { [ENABLED]: 'true', [STRICT]: 'false' });
    const edited = `${set.replace('A=1', 'A=2')}NEW=3\n`;
    expect(withFlags(edited, { [ENABLED]: null, [STRICT]: null })).toBe('A=2\nNEW=3\n');
  });

  test('latin1 keeps every byte of any encoding', () => {
    const bytes = Buffer.from([0xef, 0xbb, 0xbf, 0x41, 0x3d, 0xff, 0xfe, 0x0a]);
    const text = bytes.toString('latin1');
    const back = withFlags(withFlags(text, { [ENABLED]: 'true' }), { [ENABLED]: null });
    expect(Buffer.from(back, 'latin1')).toEqual(bytes);
  });
});

describe('where a variable stands', () => {
  test.each([
    ['absent', 'A=1\n', { lines: [], unclear: [], value: null }],
    ['once', `A=1\n${ENABLED}=false\n`, { lines: [2], unclear: [], value: 'false' }],
    ['twice', `${ENABLED}=false\nA=1\n${ENABLED}="true "\n`, { lines: [1, 3], unclear: [], value: 'true ' }],
    ['beside another assignment', `export A=1 ${ENABLED}=true\n`, { lines: [], unclear: [1], value: null }],
    ['a value of several lines', `${ENABLED}="fal\nse"\n`, { lines: [1], unclear: [1], value: '"fal' }],
    ['in a comment', `# ${ENABLED}=true\n`, { lines: [], unclear: [], value: null }],
  ])('%s', (_, text, standing) => {
    expect(standingsOf(text).find(({ name }) => name === ENABLED)).toEqual({ name: ENABLED, ...standing });
  });
});

const otherLine = fc.oneof(
  fc.constantFrom(
    '',
    '# a comment',
    `# ${ENABLED}=false`,
    'A=1',
    'B="x y" # z',
    "C='it'",
    'export D=$A',
    "E=don't",
    'F="open',
    `${ENABLED}X=1`,
    '\t',
    'G=h\r',
  ),
  fc.string({ maxLength: 12 }).map((text) => text.replaceAll(/[\n]/g, '')),
);
const flagLine = fc
  .record({
    name: fc.constantFrom(...FLAG_NAMES),
    prefix: fc.constantFrom('', 'export ', '  ', 'export   '),
    equals: fc.constantFrom('=', ' = ', '= '),
    value: fc.constantFrom('true', 'false', 'False', '1', '', '"true"', "'false '", '"a#b"', 'x#y'),
    tail: fc.constantFrom('', ' ', '  # why', '\t# "quoted"', ' #'),
  })
  .map(({ name, prefix, equals, value, tail }) => `${prefix}${name}${equals}${value}${tail}`);
const envFile = fc
  .record({
    lines: fc.array(fc.oneof({ weight: 3, arbitrary: otherLine }, { weight: 1, arbitrary: flagLine }), {
      maxLength: 12,
    }),
    end: fc.constantFrom('\n', '\r\n'),
    final: fc.boolean(),
  })
  .map(({ lines, end, final }) => lines.join(end) + (final && lines.length > 0 ? end : ''));
/** Files that a run would accept: each variable at most once, and clearly. */
const clearFile = envFile.filter((text) =>
  standingsOf(text).every(({ lines, unclear }) => lines.length < 2 && unclear.length === 0),
);
const change: fc.Arbitrary<FlagAssignment> = fc
  .uniqueArray(fc.tuple(fc.constantFrom(...FLAG_NAMES), fc.constantFrom('true', 'false')), {
    minLength: 1,
    selector: ([name]) => name,
  })
  .map((entries) => Object.fromEntries(entries));

describe('for any file', () => {
  test('setting and putting the captured state back gives the same bytes', () => {
    fc.assert(
      fc.property(clearFile, change, (text, assignment) => {
        const captured = assignmentOfCapture({
          place: 'x',
          digest: 'x',
          safe: true,
          capturedAt: 'x',
          variables: standingsOf(text).map(({ name, value }) => ({
            name,
            value,
            state: value === null ? 'absent' : 'value',
          })),
        });
        expect(withFlags(withFlags(text, assignment), captured)).toBe(text);
      }),
      { numRuns: 3000 },
    );
  });

  test('a set variable stands once, clearly, with its value; and setting it again changes nothing', () => {
    fc.assert(
      fc.property(clearFile, change, (text, assignment) => {
        const set = withFlags(text, assignment);
        for (const { name, lines, unclear, value } of standingsOf(set)) {
          if (assignment[name] === undefined) continue;
          expect({ name, lines: lines.length, unclear, value }).toEqual({
            name,
            lines: 1,
            unclear: [],
            value: assignment[name],
          });
        }
        expect(withFlags(set, assignment)).toBe(set);
      }),
      { numRuns: 3000 },
    );
  });

  test('no other line is touched, and never one added for a variable that stands', () => {
    fc.assert(
      fc.property(envFile, change, (text, assignment) => {
        const others = (content: string): string[] =>
          content
            .split(/\r?\n/)
            .filter((line) => !FLAG_NAMES.some((name) => line.includes(name)) && line !== '');
        const before = standingsOf(text);
        const set = withFlags(text, assignment);
        expect(others(set)).toEqual(others(text));
        for (const { name, lines } of standingsOf(set)) {
          const stood = before.find((one) => one.name === name)?.lines.length ?? 0;
          expect(lines.length).toBeLessThanOrEqual(Math.max(1, stood));
        }
      }),
      { numRuns: 2000 },
    );
  });
});
