import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compareFolder, compareSums } from '../../../../client/verify/compare.js';
import { parseManifest, parseSums, unsafePath, type Manifest } from '../../../../client/verify/manifest.js';

const DIGEST = 'ab'.repeat(32);
const FILE = { path: 'SUMMARY.md', bytes: 3, sha256: DIGEST };
const MANIFEST: Manifest = {
  format: 1,
  run: { workflowId: 'w', runId: 'r' },
  createdAt: '2026-11-23T18:30:05.000Z',
  files: [FILE],
};
const parse = (change: Record<string, unknown>) => parseManifest(JSON.stringify({ ...MANIFEST, ...change }));

describe('a manifest that may come from anybody', () => {
  test('the right one is read', () => {
    expect(parse({})).toEqual({ ok: true, value: MANIFEST });
  });

  test.each([
    ['no JSON', () => parseManifest('{')],
    ['an array', () => parseManifest('[]')],
    ['null', () => parseManifest('null')],
    ['another format', () => parse({ format: 2 })],
    ['no format', () => parse({ format: undefined })],
    ['no run', () => parse({ run: null })],
    ['a run without id', () => parse({ run: { workflowId: 'w' } })],
    ['no time', () => parse({ createdAt: 'yesterday' })],
    ['files that are no list', () => parse({ files: {} })],
    ['a file that is none', () => parse({ files: [null] })],
    ['a size below zero', () => parse({ files: [{ ...FILE, bytes: -1 }] })],
    ['a size that is no whole number', () => parse({ files: [{ ...FILE, bytes: 1.5 }] })],
    ['a size as text', () => parse({ files: [{ ...FILE, bytes: '3' }] })],
    ['a short digest', () => parse({ files: [{ ...FILE, sha256: 'ab' }] })],
    ['a digest in capitals', () => parse({ files: [{ ...FILE, sha256: DIGEST.toUpperCase() }] })],
    ['a file named twice', () => parse({ files: [FILE, { ...FILE, bytes: 4 }] })],
  ])('%s is refused', (_name, read) => {
    expect(read()).toMatchObject({ ok: false, problem: expect.any(String) });
  });

  test.each([
    '',
    '/etc/passwd',
    '../x',
    'a/../../x',
    'a/..',
    './x',
    'a//b',
    'a/',
    'C:/x',
    'c:x',
    'a\\..\\x',
    '\\\\host\\x',
    'a\u0000b',
    'a\nb',
    'manifest.json',
    'SHA256SUMS',
  ])('the path %j is refused', (path) => {
    expect(unsafePath(path)).not.toBeNull();
    expect(parse({ files: [{ ...FILE, path }] }).ok).toBe(false);
  });

  test.each([
    'SUMMARY.md',
    'logs/a.txt',
    'a b/ü.json',
    '..a',
    'a..',
    'sub/manifest.json',
    '__proto__',
    'constructor',
  ])('the path %j is fine', (path) => {
    expect(unsafePath(path)).toBeNull();
  });

  test('an accepted path never leaves the folder, whatever it is', async () => {
    const { resolve, sep } = await import('node:path');
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(fc.constantFrom('..', '.', 'a', '', '\\', 'C:')).map((parts) => parts.join('/')),
        ),
        (path) => {
          fc.pre(unsafePath(path) === null);
          expect(resolve('/evidence', path).startsWith(`/evidence${sep}`)).toBe(true);
        },
      ),
      { numRuns: 2000 },
    );
  });

  test('parsing never throws', () => {
    fc.assert(fc.property(fc.json(), (text) => typeof parseManifest(text).ok === 'boolean'));
    fc.assert(fc.property(fc.string(), (text) => typeof parseManifest(text).ok === 'boolean'));
  });
});

describe('comparing', () => {
  const found = { kind: 'file' as const, ...FILE };
  test('the same is no difference; the two outside files never are', () => {
    expect(compareFolder(MANIFEST, [found])).toEqual([]);
    expect(
      compareFolder(MANIFEST, [found, { ...found, path: 'manifest.json' }, { ...found, path: 'SHA256SUMS' }]),
    ).toEqual([]);
  });

  test('a link in a file’s place is a change', () => {
    expect(compareFolder(MANIFEST, [{ kind: 'symlink', path: 'SUMMARY.md' }])).toMatchObject([
      { change: 'changed', path: 'SUMMARY.md' },
    ]);
  });

  test('names like __proto__ are names', () => {
    const files = ['__proto__', 'constructor'].map((path) => ({ ...FILE, path }));
    expect(compareFolder({ ...MANIFEST, files }, [])).toHaveLength(2);
    expect(
      compareFolder(
        { ...MANIFEST, files },
        files.map((file) => ({ kind: 'file' as const, ...file })),
      ),
    ).toEqual([]);
  });

  test('as many differences as there are changes', () => {
    const names = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,4}$/), { maxLength: 8 });
    fc.assert(
      fc.property(names, names, (listed, there) => {
        const files = listed.map((path) => ({ ...FILE, path }));
        const differences = compareFolder(
          { ...MANIFEST, files },
          there.map((path) => ({ kind: 'file' as const, path, bytes: 3, sha256: DIGEST })),
        );
        expect(differences.filter((one) => one.change === 'removed').map((one) => one.path)).toEqual(
          listed.filter((path) => !there.includes(path)).sort(),
        );
        expect(differences.filter((one) => one.change === 'added').map((one) => one.path)).toEqual(
          there.filter((path) => !listed.includes(path)).sort(),
        );
        expect(differences.some((one) => one.change === 'changed')).toBe(false);
      }),
    );
  });

  test('SHA256SUMS may guard the manifest too', () => {
    const sums = (text: string) => {
      const parsed = parseSums(text);
      if (!parsed.ok) throw new Error(parsed.problem);
      return parsed.value;
    };
    expect(compareSums(sums(`${DIGEST}  SUMMARY.md\n`), MANIFEST, 'x')).toEqual([]);
    expect(compareSums(sums(`${DIGEST} *SUMMARY.md\n${DIGEST}  manifest.json`), MANIFEST, DIGEST)).toEqual(
      [],
    );
    expect(
      compareSums(sums(`${DIGEST}  SUMMARY.md\n${DIGEST}  manifest.json\n`), MANIFEST, 'cd'.repeat(32)),
    ).toHaveLength(1);
    expect(compareSums(sums(''), MANIFEST, 'x')).toHaveLength(1);
    expect(parseSums('nonsense').ok).toBe(false);
    expect(parseSums(`${DIGEST}  a\n${DIGEST}  a\n`).ok).toBe(false);
  });
});
