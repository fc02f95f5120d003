import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { EXAMPLE_INPUT, INPUT_FIELDS, parseInput } from '../../../procedure/input.js';

const pathsOf = (raw: unknown): string[] => parseInput(raw).problems.map((problem) => problem.path);
const messageOf = (raw: unknown): string => parseInput(raw).problems[0]?.message ?? '';

describe('a start', () => {
  test('needs the environment alone; the rest has defaults', () => {
    expect(parseInput({ environment: 'staging' })).toEqual({
      problems: [],
      input: {
        environment: 'staging',
        soak: '24h',
        soakInterval: '5m',
        baselineWrites: true,
        staticFiles: false,
        strictPass: false,
        failureSimulation: false,
        autoPassSoak: false,
        dualWrite: 'keep',
        cleanup: true,
        cleanupAfterRollback: false,
        failFast: false,
      },
    });
  });

  test('takes every field', () => {
    const all = {
      environment: 'staging-k8s',
      startedBy: 'Ada',
      ticket: 'P5-T6',
      reason: 'before phase 6',
      soak: '48h',
      soakInterval: '10m',
      baselineWrites: false,
      samples: 25,
      staticFiles: true,
      strictPass: true,
      failureSimulation: true,
      autoPassSoak: true,
      dualWrite: 'disable',
      cleanup: false,
      cleanupAfterRollback: true,
      failFast: true,
    };
    expect(Object.keys(all).sort()).toEqual(Object.keys(INPUT_FIELDS).sort());
    expect(parseInput(all)).toEqual({ problems: [], input: all });
  });

  test('takes null as "not given" and cuts blanks at both ends', () => {
    expect(parseInput({ environment: ' staging ', startedBy: null, soak: ' 24h ' }).input).toMatchObject({
      environment: 'staging',
      soak: '24h',
    });
  });

  test('the example that people are told to paste is right but for the name', () => {
    expect(parseInput(JSON.parse(EXAMPLE_INPUT)).problems).toEqual([]);
  });
});

describe('what is refused', () => {
  test.each([
    [undefined, 'found nothing'],
    [null, 'found nothing'],
    ['staging', 'found a string'],
    [7, 'found a number'],
    [true, 'found a boolean'],
    [['staging'], 'found an array'],
  ])('%p is no object', (raw, found) => {
    expect(pathsOf(raw)).toEqual(['input']);
    expect(messageOf(raw)).toContain(found);
  });

  test('an empty object asks for the environment', () => {
    expect(pathsOf({})).toEqual(['environment']);
  });

  test('all problems are told at once', () => {
    const raw = {
      environment: 'Production!',
      soak: 24,
      samples: 0,
      cleanup: 'yes',
      dualWrite: 'off',
      soakIntervall: '5m',
    };
    const { input } = parseInput(raw);
    expect(input).toBeUndefined();
    expect(pathsOf(raw).sort()).toEqual([
      'cleanup',
      'dualWrite',
      'environment',
      'samples',
      'soak',
      'soakIntervall',
    ]);
  });

  test.each([
    [
      'environment',
      ['', ' ', 'Staging', '../etc/passwd', 'a b', '-x', 'staging\n', 'ä', 'x'.repeat(41), 1, {}, []],
    ],
    ['startedBy', ['', ' ', 1, {}, 'x'.repeat(101)]],
    ['reason', ['', false, 'x'.repeat(501)]],
    ['soak', ['', '24', 24, '-1h', 'forever', '15d', '999999999999d', {}]],
    ['soakInterval', ['0s', '999ms', '2d', 300]],
    ['samples', [0, -1, 501, 1.5, '20', Number.NaN, Number.POSITIVE_INFINITY]],
    ['baselineWrites', ['true', 0, 1, 'false', {}]],
    ['dualWrite', ['Keep', 'enable', true, '']],
  ] as [string, unknown[]][])('%s', (name, values) => {
    for (const value of values) {
      if (value === 'staging\n') continue; // Blanks at the end are cut off.
      expect([value, pathsOf({ environment: 'staging', [name]: value })]).toEqual([value, [name]]);
    }
  });

  test('an unknown field is named, with those that are known', () => {
    const raw = { environment: 'staging', enviroment: 'x' };
    expect(pathsOf(raw)).toEqual(['enviroment']);
    expect(messageOf(raw)).toContain('soakInterval');
  });

  test.each(['canary'])('%s is a pass of a later version: false is fine, true is told', (name) => {
    expect(pathsOf({ environment: 'staging', [name]: false })).toEqual([]);
    for (const value of [true, 'yes', 1]) {
      const raw = { environment: 'staging', [name]: value };
      expect(pathsOf(raw)).toEqual([name]);
      expect(messageOf(raw)).toContain('not part of this version');
    }
  });

  test('a check interval longer than the soak is a contradiction; a soak of nothing is not', () => {
    expect(pathsOf({ environment: 'staging', soak: '10m', soakInterval: '1h' })).toEqual(['soakInterval']);
    expect(pathsOf({ environment: 'staging', soak: '0s' })).toEqual([]);
  });

  test('names that every object has are no fields', () => {
    const hostile = ['constructor', 'toString', 'hasOwnProperty', '__proto__', 'valueOf'];
    for (const name of hostile) {
      const raw = JSON.parse(`{"environment":"staging","${name}":true}`) as unknown;
      expect(pathsOf(raw)).toEqual([name]);
    }
    expect(pathsOf(JSON.parse('{"__proto__":{"environment":"staging"}}')).sort()).toEqual([
      '__proto__',
      'environment',
    ]);
  });
});

describe('hostile input', () => {
  const FIELD = fc.constantFrom(
    ...Object.keys(INPUT_FIELDS),
    'strictPass',
    'canary',
    'toString',
    '__proto__',
  );
  const OBJECT = fc.dictionary(
    FIELD,
    fc.oneof(fc.jsonValue(), fc.string({ unit: 'binary' }), fc.constant('24h')),
  );

  test('never throws; there is an input exactly when there is no problem', () => {
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), OBJECT, fc.constant(undefined)), (raw) => {
        const { input, problems } = parseInput(raw);
        expect(input === undefined).toBe(problems.length > 0);
        for (const problem of problems) expect(problem.message.length).toBeGreaterThan(5);
      }),
      { numRuns: 2000 },
    );
  });

  test('what was read is read again as the same', () => {
    fc.assert(
      fc.property(OBJECT, (raw) => {
        const { input } = parseInput({ ...raw, environment: 'staging' });
        if (input !== undefined) expect(parseInput(input)).toEqual({ input, problems: [] });
      }),
    );
  });

  test('however many unknown fields there are, the answer stays small enough for a workflow result', () => {
    const raw = Object.fromEntries(Array.from({ length: 20_000 }, (_, index) => [`x${String(index)}`, 1]));
    const { problems } = parseInput({ ...raw, environment: 'staging' });
    expect(problems.length).toBeGreaterThan(0);
    expect(JSON.stringify(problems).length).toBeLessThan(50_000);
  });
});
