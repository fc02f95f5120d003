import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readEnvFile, replaceEnvFile } from '../../../activities/targets/env-file/env-file.js';

const IN_TIME = { leftMs: () => 1000 };
let folder = '';
let file = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'readiness-env-'));
  file = join(folder, '.env.staging');
  await writeFile(file, 'A=1\n');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('replacing an env file', () => {
  test('keeps mode and owner and leaves no copy behind', async () => {
    await chmod(file, 0o640);
    expect(await replaceEnvFile(await readEnvFile(file), 'A=2\n', IN_TIME)).toBe(true);
    expect(await readFile(file, 'utf8')).toBe('A=2\n');
    expect((await stat(file)).mode & 0o777).toBe(0o640);
    expect(await readdir(folder)).toEqual(['.env.staging']);
  });

  test('writes the file behind a symbolic link', async () => {
    const link = join(folder, 'link');
    await symlink(file, link);
    await replaceEnvFile(await readEnvFile(link), 'A=2\n', IN_TIME);
    expect((await lstat(link)).isSymbolicLink()).toBe(true);
    expect(await readFile(file, 'utf8')).toBe('A=2\n');
  });

  test('does not overwrite what somebody wrote meanwhile', async () => {
    const before = await readEnvFile(file);
    await writeFile(file, 'A=1\nB=2\n');
    expect(await replaceEnvFile(before, 'A=2\n', IN_TIME)).toBe(false);
    expect(await readFile(file, 'utf8')).toBe('A=1\nB=2\n');
  });

  test('does not write when its time ran out', async () => {
    expect(await replaceEnvFile(await readEnvFile(file), 'A=2\n', { leftMs: () => 0 })).toBe(false);
    expect(await readFile(file, 'utf8')).toBe('A=1\n');
  });

  test('removes old copies that a killed worker left, and no young ones', async () => {
    const young = join(folder, '..env.staging.readiness-young');
    const left = join(folder, '..env.staging.readiness-old');
    await Promise.all([young, left].map((path) => writeFile(path, 'SECRET=1\n')));
    const before = new Date(Date.now() - 120_000);
    await utimes(left, before, before);
    await replaceEnvFile(await readEnvFile(file), 'A=2\n', IN_TIME);
    expect(await readdir(folder)).not.toContain('..env.staging.readiness-old');
    expect(await readdir(folder)).toContain('..env.staging.readiness-young');
  });

  test('refuses a link that leads to production', async () => {
    const production = join(folder, 'production');
    await mkdir(production);
    await writeFile(join(production, '.env'), 'A=1\n');
    const link = join(folder, 'link');
    await symlink(join(production, '.env'), link);
    await expect(readEnvFile(link)).rejects.toMatchObject({ type: 'EnvironmentProblem' });
  });

  test('a missing file is told with the setting that names it', async () => {
    await expect(readEnvFile(join(folder, 'none'))).rejects.toMatchObject({
      type: 'NotFound',
      message: expect.stringContaining('target.envFile'),
    });
  });
});
