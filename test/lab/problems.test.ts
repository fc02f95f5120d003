/** What is wrong before a run begins is told in one message each, says what and where, and changes nothing. */
import { execFileSync } from 'node:child_process';
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Rig } from '../support/rig.js';

let rig: Rig;
let envFile: string;
let spawns: number;

beforeAll(async () => {
  rig = await Rig.start();
  envFile = await readFile(rig.lab.envFile, 'utf8');
  spawns = await rig.spawns();
});
afterAll(async () => {
  // Nothing of the target was changed by any of these runs, and no row was written.
  expect(await readFile(rig.lab.envFile, 'utf8')).toBe(envFile);
  expect(await rig.spawns()).toBe(spawns);
  expect((await rig.teams('%Test%')).vnext).toBe((await rig.teams('Testament%')).vnext);
  await rig.close();
});

async function refused(input: Readonly<Record<string, unknown>>): Promise<string> {
  const { result } = await rig.end(await rig.run({ failFast: true, ...input }));
  expect(result.outcome).toBe('REFUSED');
  return result.problems.map((problem) => `${problem.path}: ${problem.message}`).join('\n');
}

test('no input, and input with three mistakes: all of them at once, with a JSON to paste', async () => {
  const run = await rig.client.workflow.start('readinessRun', {
    taskQueue: 'readiness',
    workflowId: `empty-${String(Date.now())}`,
    args: [],
  });
  expect((await rig.end(run)).result.reason).toMatch(
    /must be one JSON object, found nothing[^]*"environment": "staging"/,
  );
  const text = await refused({ environment: '../lab', soak: 24, cleanUp: true });
  expect(text).toMatch(/environment: .*lower-case[^]*soak: must be a duration in quotes/);
  expect(text).toMatch(/cleanUp: is no field of a start/);
});

test('an unknown environment', async () => {
  expect(await refused({ environment: 'nowhere' })).toMatch(/nowhere\.yaml/);
});

test('an environment file with many mistakes tells all of them, each with its place', async () => {
  await writeFile(
    join(rig.environments, 'broken.yaml'),
    [
      'name: broken',
      'kind: stage',
      'allow: {hosts: [], databases: 7}',
      'api: {baseURL: x}',
      'target: {method: teleport}',
      'samples: {measured: many}',
      '',
    ].join('\n'),
  );
  const text = await refused({ environment: 'broken' });
  for (const place of ['kind', 'allow.databases', 'api.baseURL', 'target', 'samples.measured'])
    expect(text).toContain(place);
  expect(text).toMatch(/broken\.yaml:\d/);
});

test('something named like production, and a host that is not on the list', async () => {
  await rig.environment('risky', {
    kind: 'staging',
    allow: { hosts: ['staging.example.org'], databases: ['deltacrown_prod'], namespaces: [] },
  });
  const text = await refused({ environment: 'risky' });
  expect(text).toMatch(/prod/);
  expect(text).toMatch(/127\.0\.0\.1/);
});

test('a database that nobody answers for, without its password in the message', async () => {
  await writeFile(
    join(rig.environments, 'url'),
    'postgres://someone:hunter2hunter2@127.0.0.1:9/deltacrown_staging',
  );
  await rig.environment('deaf', { database: { url: 'file:url' } });
  const text = await refused({ environment: 'deaf' });
  expect(text).toMatch(/database/i);
  expect(text).toMatch(/127\.0\.0\.1|refused|reach/);
  expect(text).not.toContain('hunter2');
});

test('a wrong password of the API user', async () => {
  await writeFile(join(rig.environments, 'password'), 'not-the-password');
  await rig.environment('locked', {
    api: {
      baseUrl: rig.lab.webUrl,
      authentication: { kind: 'password', username: 'captain4', password: 'file:password' },
    },
  });
  const text = await refused({ environment: 'locked' });
  expect(text).toMatch(/api-login: .*captain4/);
  expect(text).not.toContain('not-the-password');
});

test('a supervisor program that does not exist', async () => {
  const lab = await readFile(join(rig.environments, 'lab.yaml'), 'utf8');
  await writeFile(
    join(rig.environments, 'ghost.yaml'),
    lab.replace('name: lab', 'name: ghost').replace('program: deltacrown-web', 'program: deltacrown-ghost'),
  );
  expect(await refused({ environment: 'ghost' })).toMatch(/deltacrown-ghost/);
});

test('flags that are not at baseline: told as the serving processes see them; the run waits for retry', async () => {
  await rename(rig.lab.envFile, `${rig.lab.envFile}.kept`);
  await writeFile(
    rig.lab.envFile,
    envFile.replace('TEAM_VNEXT_DUAL_WRITE_STRICT_MODE=false', 'TEAM_VNEXT_DUAL_WRITE_STRICT_MODE=true'),
    { mode: 0o600 },
  );
  await rig.lab.restartWeb();
  const run = await rig.run({});
  const status = await rig.attention(run);
  expect(status.waiting?.proof.join('\n')).toMatch(/TEAM_VNEXT_DUAL_WRITE_STRICT_MODE/);
  await rename(`${rig.lab.envFile}.kept`, rig.lab.envFile);
  await rig.lab.restartWeb();
  spawns = await rig.spawns();
  await run.executeUpdate('retry', { args: [{ by: 'Ada' }] });
  await rig.decide(run, 'enable', { command: 'reject' });
  expect((await rig.end(run)).result.outcome).toBe('REJECTED');
});

test('no room for evidence', async () => {
  await rig.environment('full', {
    artifacts: { root: join(rig.lab.folder, 'repository'), minimumFree: '900000GiB' },
  });
  expect(await refused({ environment: 'full' })).toMatch(/artifacts[^]*free|room/i);
});

test('a disk that is full to the last byte', async () => {
  const small = join(rig.lab.folder, 'small');
  await mkdir(small);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', small], { stdio: 'pipe' });
  } catch (error) {
    process.stdout.write(
      `not tried: no small disk could be mounted here (${String(error).split('\n')[0] ?? ''})\n`,
    );
    return;
  }
  try {
    await writeFile(join(small, 'filler'), Buffer.alloc(1024 * 1024)).catch(() => undefined);
    await rig.environment('brimful', { artifacts: { root: small, minimumFree: '0KiB' } });
    expect(await refused({ environment: 'brimful' })).toMatch(/artifacts[^]*(space|ENOSPC|free)/i);
  } finally {
    execFileSync('umount', [small]);
  }
});

test('an evidence folder that cannot be made', async () => {
  const file = join(rig.lab.folder, 'a-file');
  await writeFile(file, 'in the way');
  await chmod(file, 0o400);
  await rig.environment('blocked', { artifacts: { root: file } });
  expect(await refused({ environment: 'blocked' })).toMatch(/a-file/);
});
