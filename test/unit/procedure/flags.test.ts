import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  BASELINE_FLAGS,
  ENABLED_FLAGS,
  ENABLE_CHANGE,
  FLAG_NAMES,
  SAFE_CHANGE,
  effectiveFlag,
  flagsThatDiffer,
  isSilentlyFalse,
  type FlagName,
  type FlagValues,
} from '../../../procedure/flags.js';

const ENABLED = 'TEAM_VNEXT_DUAL_WRITE_ENABLED';
const BLOCKED = 'TEAM_LEGACY_WRITE_BLOCKED';

describe('how the application reads a variable', () => {
  test.each<[string, boolean, boolean]>([
    // text, effective, meant as true but read as False
    ['true', true, false],
    ['True', true, false],
    ['TRUE', true, false],
    ['tRuE', true, false],
    ['false', false, false],
    ['False', false, false],
    ['0', false, false],
    ['no', false, false],
    ['', false, false],
    ['1', false, true],
    ['yes', false, true],
    ['YES', false, true],
    ['on', false, true],
    ['t', false, true],
    ['true ', false, true],
    [' true', false, true],
    ['true\r', false, true],
    ['"true"', false, true],
    ["'true'", false, true],
    ['"true "', false, true],
    ['"true" ', false, true],
  ])('%p', (raw, effective, silentlyFalse) => {
    for (const name of FLAG_NAMES) expect(effectiveFlag(name, raw)).toBe(effective);
    expect(isSilentlyFalse(raw)).toBe(silentlyFalse);
  });

  test('an absent variable has the default of the code: only the block of legacy writes is on', () => {
    expect(FLAG_NAMES.filter((name) => effectiveFlag(name, null))).toEqual([BLOCKED]);
    expect(isSilentlyFalse(null)).toBe(false);
  });

  test('an empty variable is not an absent one', () => {
    expect(effectiveFlag(BLOCKED, '')).toBe(false);
  });

  test('no text is both true and silently false', () => {
    fc.assert(fc.property(fc.string(), (raw) => !(effectiveFlag(ENABLED, raw) && isSilentlyFalse(raw))));
  });
});

describe('what is written', () => {
  test('enabling writes one variable, the rollback without captured state two, and only literal words', () => {
    expect(ENABLE_CHANGE).toEqual({ TEAM_VNEXT_DUAL_WRITE_ENABLED: 'true' });
    expect(SAFE_CHANGE).toEqual({
      TEAM_VNEXT_DUAL_WRITE_ENABLED: 'false',
      TEAM_VNEXT_DUAL_WRITE_STRICT_MODE: 'false',
    });
    expect(new Set([...Object.values(BASELINE_FLAGS), ...Object.values(ENABLED_FLAGS)])).toEqual(
      new Set(['true', 'false']),
    );
  });

  test('baseline and enabled differ in the one variable that enabling writes', () => {
    expect(FLAG_NAMES.filter((name) => BASELINE_FLAGS[name] !== ENABLED_FLAGS[name])).toEqual([ENABLED]);
    expect(Object.keys(BASELINE_FLAGS).sort()).toEqual([...FLAG_NAMES].sort());
  });
});

describe('flagsThatDiffer', () => {
  const all = (value: string | null): FlagValues =>
    Object.fromEntries(FLAG_NAMES.map((name) => [name, value])) as Record<FlagName, string | null>;

  test('a process without any of the four stands at the baseline', () => {
    expect(flagsThatDiffer(all(null), BASELINE_FLAGS)).toEqual([]);
  });

  test('compares by effect, not by spelling', () => {
    expect(flagsThatDiffer({ ...all(null), [ENABLED]: 'True' }, ENABLED_FLAGS)).toEqual([]);
    expect(flagsThatDiffer({ ...all(null), [ENABLED]: '1' }, ENABLED_FLAGS)).toEqual([ENABLED]);
  });

  test('looks only at what is expected', () => {
    expect(flagsThatDiffer(all('true'), { [ENABLED]: 'true' })).toEqual([]);
    expect(flagsThatDiffer(all('true'), {})).toEqual([]);
  });

  test('names every one that differs', () => {
    expect(flagsThatDiffer(all('true'), BASELINE_FLAGS)).toEqual(
      FLAG_NAMES.filter((name) => name !== BLOCKED),
    );
  });
});
