import { describe, expect, test } from '@jest/globals';
import { nextStep, type RestartView } from '../../../activities/targets/env-file/restart-decision.js';
import { flagsIn } from '../../../activities/targets/env-file/proc.js';

const ENABLED = 'TEAM_VNEXT_DUAL_WRITE_ENABLED';
const carrying = (value: string, pid = 11): RestartView['processes'][number] => ({
  pid,
  values: flagsIn(`${ENABLED}=${value}\0`),
});
const OLD = { startedAtMs: 1000, fileWrittenAtMs: 5000 };
const NEW = { startedAtMs: 9000, fileWrittenAtMs: 5000 };

function view(over: Partial<RestartView>): RestartView {
  return {
    commandInFlight: false,
    state: 'RUNNING',
    ...OLD,
    fileValues: carrying('true').values,
    processes: [carrying('false')],
    wanted: { [ENABLED]: 'true' },
    starts: 0,
    ...over,
  };
}

describe('state decides what a restart needs next', () => {
  test.each([
    ['a command is still at work', { commandInFlight: true }, 'wait'],
    ['running with old values', {}, 'restart'],
    [
      'running, one worker of two with old values',
      { processes: [carrying('true'), carrying('false', 12)] },
      'restart',
    ],
    ['running with the wanted values', { processes: [carrying('true'), carrying('true', 12)] }, 'carried'],
    ['wanted values also from before the write', { ...OLD, processes: [carrying('true')] }, 'carried'],
    ['started after the write, no process yet', { ...NEW, processes: [] }, 'wait'],
    ['started before the write, no process yet', { ...OLD, processes: [] }, 'restart'],
    ['started after the write, other values', { ...NEW }, 'fail'],
    ['root process just replaced', { startedAtMs: null, processes: [] }, 'wait'],
    ['stopped by a killed attempt', { state: 'STOPPED', startedAtMs: null, processes: [] }, 'start'],
    ['given up', { state: 'FATAL', startedAtMs: null, processes: [] }, 'start'],
    ['exited', { state: 'EXITED', startedAtMs: null, processes: [] }, 'start'],
    ['given up after our start', { state: 'FATAL', starts: 1 }, 'fail'],
    ['exited after our start', { state: 'EXITED', starts: 1 }, 'wait'],
    ['stopped after our start', { state: 'STOPPED', starts: 1 }, 'fail'],
    ['starting', { state: 'STARTING' }, 'wait'],
    ['backing off', { state: 'BACKOFF' }, 'wait'],
    ['stopping', { state: 'STOPPING' }, 'wait'],
    ['restarts that have no effect', { starts: 3 }, 'fail'],
    ['the env file was taken back', { fileValues: carrying('false').values }, 'fail'],
    [
      'taken back, its program at work',
      { fileValues: carrying('false').values, commandInFlight: true },
      'fail',
    ],
  ] as const)('%s → %s', (_, over, kind) => {
    expect(nextStep(view(over)).kind).toBe(kind);
  });

  test('only a program that died again and again is a restart loop', () => {
    expect(nextStep(view({ state: 'FATAL', starts: 1 }))).toMatchObject({ restartLoop: true });
    expect(nextStep(view({ ...NEW }))).toMatchObject({
      restartLoop: false,
      reason: expect.stringContaining('something else sets it'),
    });
  });

  test('absent counts as the default of the application', () => {
    const wanted = { [ENABLED]: null };
    const fileValues = flagsIn('A=1\0');
    expect(nextStep(view({ wanted, fileValues, processes: [carrying('False')] })).kind).toBe('carried');
    expect(
      nextStep(view({ wanted, fileValues, processes: [{ pid: 1, values: flagsIn('A=1\0') }] })).kind,
    ).toBe('carried');
    expect(nextStep(view({ wanted, fileValues, processes: [carrying('true')] })).kind).toBe('restart');
  });
});

describe('the environment of a process', () => {
  test('only the four variables are read out, the first of a name counts', () => {
    expect(flagsIn(`SECRET=x\0${ENABLED}=true\0${ENABLED}=false\0TEAM_LEGACY_WRITE_BLOCKED=\0`)).toEqual({
      TEAM_VNEXT_DUAL_WRITE_ENABLED: 'true',
      TEAM_VNEXT_DUAL_WRITE_STRICT_MODE: null,
      TEAM_LEGACY_WRITE_BLOCKED: '',
      TEAM_LEGACY_WRITE_BYPASS_ENABLED: null,
    });
  });
});
