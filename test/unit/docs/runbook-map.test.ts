import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { PHASES } from '../../../procedure/phases.js';

const root = join(import.meta.dirname, '../../..');

/**
 * How much the runbook holds, section by section: boxes to tick, table rows, commands (a command may go over several
 * lines), blocks of example text, and listed points. Counted by hand; the runbook itself is not part of this project.
 */
const INVENTORY: Readonly<
  Record<string, Readonly<Partial<Record<'box' | 'row' | 'command' | 'block' | 'point', number>>>>
> = {
  '§1': { row: 4, point: 3, command: 1 },
  '§2 Method A': { command: 3 },
  '§2 Method B': { command: 2 },
  '§2 Method C': { command: 2 },
  '§2 Method D': { command: 2 },
  '§2 Method E': { command: 2 },
  '§3.1': { box: 3, command: 3 },
  '§3.2': { command: 6 },
  '§3.3': { box: 5 },
  '§4': { point: 4, command: 2 },
  '§5.1': { block: 3 },
  '§5.2': { command: 3 },
  '§5.3': { command: 3 },
  '§6.1': { row: 3 },
  '§6.2': { row: 3 },
  '§6.3': { block: 1 },
  '§7': { row: 7 },
  '§7.1': { command: 2 },
  '§8.1': { box: 11 },
  '§8.2': { command: 5 },
  '§8.3': { block: 1, point: 1 },
  '§9': { row: 5 },
  '§10 issue 1': { point: 3, command: 1 },
  '§10 issue 2': { point: 4, command: 1 },
  '§10 issue 3': { point: 4 },
  '§10 issue 4': { point: 4 },
  '§11.1': { command: 6 },
  '§11.2': { point: 5 },
  '§12': { point: 7 },
  '§13': { point: 8 },
};

interface Row {
  readonly place: string;
  readonly what: string;
  readonly phase: string;
  readonly where: string;
}

const rows: readonly Row[] = readFileSync(join(root, 'docs/runbook-map.md'), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| §'))
  .map((line) => {
    const [, place = '', what = '', phase = '', where = '', ...rest] = line
      .split('|')
      .map((cell) => cell.trim());
    if (rest.length !== 1) throw new Error(`not four columns: ${line}`);
    return { place, what, phase, where };
  });
const quoted = (text: string): string[] => [...text.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? '');
const filesOf = (row: Row): string[] => quoted(row.where).filter((text) => text.includes('/'));

function exists(path: string): boolean {
  const full = join(root, path);
  if (!existsSync(full)) return false;
  if (!path.endsWith('/')) return statSync(full).isFile();
  return readdirSync(full, { recursive: true, withFileTypes: true }).some((entry) => entry.isFile());
}

describe('docs/runbook-map.md', () => {
  test('has every box, row, command, block and point of the runbook, once', () => {
    const expected = Object.entries(INVENTORY).flatMap(([section, kinds]) =>
      Object.entries(kinds).flatMap(([kind, count]) =>
        Array.from({ length: count }, (_, index) => {
          const comma = / (Method|issue) /.test(section) ? ',' : '';
          return `${section}${comma} ${kind} ${String(index + 1)}`;
        }),
      ),
    );
    expect(rows.map((row) => row.place).sort()).toEqual(expected.sort());
  });

  test.each(rows)('$place: $what', (row) => {
    expect(row.what).not.toBe('');
    const ids = PHASES.map((phase): string => phase.id);
    if (row.phase === '–') expect(row.where).toMatch(/^not done, because \S/);
    else {
      expect(row.where).not.toMatch(/^not done/);
      expect(filesOf(row).length).toBeGreaterThan(0);
      if (row.phase !== 'every phase') {
        expect(row.phase).toMatch(/^`[a-z-]+`(, `[a-z-]+`)*$/);
        expect(quoted(row.phase).filter((id) => !ids.includes(id))).toEqual([]);
      }
    }
    expect(filesOf(row).filter((path) => !exists(path))).toEqual([]);
  });

  test('every phase of a run does something that the runbook asks for', () => {
    const named = new Set(rows.flatMap((row) => quoted(row.phase)));
    // The gates are ours: the runbook trusts whoever types the next command.
    const ours = ['gate-enable'];
    expect(
      PHASES.map((phase): string => phase.id).filter((id) => !named.has(id) && !ours.includes(id)),
    ).toEqual([]);
  });
});
