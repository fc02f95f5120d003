import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import type { Cli } from '../../../client/cli.js';
import { packageFolder } from '../../../client/package.js';
import { createProgram } from '../../../client/program.js';

test('docs/commands.md names every command and every option', async () => {
  const text = await readFile(join(packageFolder(), 'docs/commands.md'), 'utf8');
  const silent = { io: { out: () => undefined, err: () => undefined }, version: '0' } as unknown as Cli;
  const program = createProgram(silent, () => undefined);
  const missing = [program, ...program.commands].flatMap((command) =>
    [
      ...(command === program ? [] : [`readiness ${command.name()}`]),
      ...command.options.map((option) => option.long ?? '').filter((flag) => flag !== '--version'),
    ].filter((word) => !text.includes(word)),
  );
  expect(missing).toEqual([]);
});
