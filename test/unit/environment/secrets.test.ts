import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { resolveSecret } from '../../../environment/secrets.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'secrets-'));
  await writeFile(join(folder, 'good'), ' s3cret\n');
  await writeFile(join(folder, 'empty'), '\n');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('a variable and a file', async () => {
  expect(await resolveSecret('env:PW', { PW: ' with blanks ' })).toBe(' with blanks ');
  expect(await resolveSecret(`file:${join(folder, 'good')}`)).toBe('s3cret');
});

test.each([
  ['env:STAGING_DATABASE_URL', "env:STAGING_DATABASE_URL is not set in the worker's environment"],
  ['env:EMPTY', 'env:EMPTY is empty'],
  ['file:/nowhere/x', "file:/nowhere/x cannot be read by the worker's user (ENOENT)"],
] as const)('%s leads nowhere', async (ref, message) => {
  await expect(resolveSecret(ref, { EMPTY: ' ' })).rejects.toThrow(message);
});

test('an empty file', async () => {
  await expect(resolveSecret(`file:${join(folder, 'empty')}`)).rejects.toThrow('is empty');
});
