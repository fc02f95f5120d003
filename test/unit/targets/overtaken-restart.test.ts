/** A step that was frozen between its permit and its restart: the rollback has passed meanwhile. */
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { settleProgram } from '../../../activities/targets/env-file/restart.js';
import type { EnvFileTargetSettings } from '../../../environment/settings.js';

const ENABLED = 'TEAM_VNEXT_DUAL_WRITE_ENABLED';
let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'readiness-unit-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A supervisorctl that writes down what it was told, for a program that runs since before the env file was written. */
async function settings(): Promise<EnvFileTargetSettings> {
  const command = join(folder, 'supervisor-double');
  const log = join(folder, 'orders');
  await writeFile(log, '');
  await writeFile(
    command,
    `#!/bin/sh\necho "$1" >> '${log}'\n[ "$1" = status ] && echo 'web RUNNING pid ${String(process.pid)}, uptime 1:00:00'\nexit 0\n`,
  );
  await chmod(command, 0o755);
  await writeFile(join(folder, 'env'), `${ENABLED}=true\n`);
  return {
    envFile: join(folder, 'env'),
    supervisor: { command: [command], program: 'web' },
    restartTimeoutMs: 5000,
  } as unknown as EnvFileTargetSettings;
}

const orders = async (): Promise<string[]> =>
  (await readFile(join(folder, 'orders'), 'utf8'))
    .split('\n')
    .filter((order) => order !== 'status' && order !== '');

async function settle(whileAsking: () => Promise<void>): ReturnType<typeof settleProgram> {
  return settleProgram(
    await settings(),
    { readinessProblem: () => Promise.resolve(null), lastLogLines: () => Promise.resolve('') },
    {
      wanted: { [ENABLED]: 'true' },
      readiness: 'required',
      signal: new AbortController().signal,
      permission: async (_step, act) => {
        await whileAsking();
        return act({ leftMs: () => 1000 });
      },
    },
  );
}

test('restarts nothing once the env file was taken back, and says so', async () => {
  const result = await settle(() => writeFile(join(folder, 'env'), `${ENABLED}=false\n`));
  expect(await orders()).toEqual([]);
  expect(result).toMatchObject({ status: 'failed', restartLoop: false });
  expect(result.reason).toContain(
    `the env file was changed by somebody else since this step wrote it and says ${ENABLED}=false`,
  );
});

test('restarts while the env file still says what it wrote', async () => {
  await settle(() => Promise.resolve());
  expect((await orders())[0]).toBe('restart');
});
