import { describe, expect, test } from '@jest/globals';
import { readServingFlags } from '../../../activities/targets/read-serving-flags.js';
import type { Target, TargetChange } from '../../../activities/targets/target.js';
import { BASELINE_FLAGS } from '../../../procedure/flags.js';

const EDITED: TargetChange = { kind: 'edited', text: 'image a became b, by somebody' };
const FLAGS = { ...BASELINE_FLAGS };

interface Given {
  readonly drift?: readonly TargetChange[];
  readonly broken?: boolean;
  readonly serving?: () => Promise<never>;
}

async function read({ drift = [], broken = false, serving }: Given, since?: string) {
  const asked: (string | null)[] = [];
  const target = {
    readServingFlags: serving ?? (() => Promise.resolve([{ id: 'pod a', values: FLAGS }])),
    readChanges: (state: string | null) => {
      asked.push(state);
      if (broken) return Promise.reject(new Error('HTTP 503'));
      return Promise.resolve({ state: 'now', drift, restarts: [], loops: [] });
    },
  } as unknown as Target;
  const evidence = { name: 'none', path: 'none' } as never;
  const environment = { name: 'lab', digest: 'd' } as never;
  const output = await readServingFlags(
    { target, baseline: BASELINE_FLAGS },
    {
      ...{ environment, evidence, tag: 't', seedCheck: false },
      observation: { id: 'enable-before-flags', expected: 'baseline' },
      ...(since === undefined ? {} : { since }),
    },
    new AbortController().signal,
  );
  return { output, asked };
}

describe('the flags, and what somebody changed since the baseline', () => {
  test('nothing is compared without a former state', async () => {
    const { output, asked } = await read({ drift: [EDITED] });
    expect(asked).toEqual([]);
    expect(output).toMatchObject({ status: 'as-expected' });
    expect(output.drift).toBeUndefined();
  });

  test('no change is no word', async () => {
    const { output, asked } = await read({}, 'then');
    expect(asked).toEqual(['then']);
    expect(output.drift).toBeUndefined();
  });

  test('a change comes with the state to be compared with from now on', async () => {
    const { output } = await read({ drift: [EDITED] }, 'then');
    expect(output).toMatchObject({
      status: 'as-expected',
      drift: { changes: [EDITED], target: 'now' },
    });
  });

  test('one that cannot be compared is not the same one', async () => {
    const { output } = await read({ broken: true }, 'then');
    expect(output).toMatchObject({
      status: 'unknown',
      reason: 'The target could not be compared with what it was: HTTP 503',
    });
  });

  test('processes that cannot be read come first', async () => {
    const serving = () => Promise.reject(new Error('no pod is ready'));
    const { output } = await read({ drift: [EDITED], serving }, 'then');
    expect(output).toMatchObject({ status: 'unknown', reason: 'no pod is ready', processes: [] });
  });
});
