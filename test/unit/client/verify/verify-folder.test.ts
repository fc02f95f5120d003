import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { verifyFolder } from '../../../../client/verify/verify-folder.js';
import { run } from '../harness.js';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'readiness-unit-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const sha = (data: Uint8Array | string): string => createHash('sha256').update(data).digest('hex');

/** Writes a folder as a run seals it; returns the manifest's digest. */
async function seal(files: Readonly<Record<string, Uint8Array>>, root = folder): Promise<string> {
  const paths = Object.keys(files).sort();
  const listed = paths.map((path) => {
    const data = files[path] ?? new Uint8Array();
    return { path, bytes: data.length, sha256: sha(data) };
  });
  for (const path of paths) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), files[path] ?? '');
  }
  const manifest = {
    format: 1,
    run: { workflowId: 'readiness-lab', runId: 'run-1' },
    createdAt: '2026-11-23T18:30:05.000Z',
    files: listed,
  };
  const text = `${JSON.stringify(manifest, null, 2)}\n`;
  await writeFile(join(root, 'SHA256SUMS'), listed.map((one) => `${one.sha256}  ${one.path}\n`).join(''));
  await writeFile(join(root, 'manifest.json'), text);
  return sha(text);
}

const bytes = (text: string): Uint8Array => Buffer.from(text);
const FILES = {
  'SUMMARY.md': bytes('# Summary\n'),
  'logs/latency_team_create.txt': bytes('Request 1: 12ms\n'),
  'baseline/empty.json': bytes(''),
};

describe('a sealed folder', () => {
  test('verifies, and the digest stands for it', async () => {
    const digest = await seal(FILES);
    await expect(verifyFolder(folder)).resolves.toMatchObject({
      verified: true,
      files: 3,
      manifestDigest: digest,
      digestMatches: null,
      sums: 'agrees',
      differences: [],
    });
    await expect(verifyFolder(folder, { digest: digest.toUpperCase() })).resolves.toMatchObject({
      verified: true,
      digestMatches: true,
    });
    await expect(verifyFolder(folder, { digest: 'ab'.repeat(32) })).resolves.toMatchObject({
      verified: false,
      digestMatches: false,
    });
  });

  test('agrees with sha256sum', async () => {
    await seal(FILES);
    expect(() => execFileSync('sha256sum', ['-c', '--quiet', 'SHA256SUMS'], { cwd: folder })).not.toThrow();
  });

  test('every added, removed and changed file is told by name', async () => {
    await seal(FILES);
    await writeFile(join(folder, 'SUMMARY.md'), '# Better\n!');
    await rm(join(folder, 'baseline/empty.json'));
    await writeFile(join(folder, 'logs/more.txt'), 'x');
    const { verified, differences } = await verifyFolder(folder);
    expect(verified).toBe(false);
    expect(differences.map(({ change, path }) => `${change} ${path}`)).toEqual([
      'changed SUMMARY.md',
      'removed baseline/empty.json',
      'added logs/more.txt',
    ]);
  });

  test('a renamed file is one removed and one added', async () => {
    await seal(FILES);
    await rename(join(folder, 'SUMMARY.md'), join(folder, 'summary.md'));
    expect((await verifyFolder(folder)).differences.map(({ change, path }) => `${change} ${path}`)).toEqual([
      'removed SUMMARY.md',
      'added summary.md',
    ]);
  });

  test('a manifest or a SHA256SUMS deeper down is a file like every other', async () => {
    await seal({ ...FILES, 'sub/manifest.json': bytes('{}') });
    expect((await verifyFolder(folder)).verified).toBe(true);
    await writeFile(join(folder, 'sub/SHA256SUMS'), '');
    expect((await verifyFolder(folder)).differences).toMatchObject([
      { change: 'added', path: 'sub/SHA256SUMS' },
    ]);
  });

  test('a SHA256SUMS that disagrees with the manifest is told', async () => {
    await seal(FILES);
    await writeFile(join(folder, 'SHA256SUMS'), `${'0'.repeat(64)}  SUMMARY.md\n`);
    await expect(verifyFolder(folder)).resolves.toMatchObject({
      verified: false,
      sums: 'differs',
      differences: [{ path: 'SHA256SUMS' }],
    });
    await rm(join(folder, 'SHA256SUMS'));
    await expect(verifyFolder(folder)).resolves.toMatchObject({ verified: true, sums: 'absent' });
  });

  test('pipes are told, not opened; links to nowhere are told, not followed', async () => {
    await seal(FILES);
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    await symlink('/etc/hostname', join(folder, 'logs/link'));
    const { differences } = await verifyFolder(folder);
    expect(differences.map(({ path, detail }) => `${path} ${detail}`)).toEqual([
      'logs/link is a symbolic link that the manifest does not know',
      'pipe is a special file that the manifest does not know',
    ]);
  });
});

describe('whatever is done to a sealed folder is found', () => {
  const path = fc
    .array(fc.stringMatching(/^[a-z][a-z0-9_.-]{0,6}[a-z0-9]$/), { minLength: 1, maxLength: 3 })
    .map((parts) => parts.join('/'))
    .filter((one) => one !== 'manifest.json');
  const tree = fc
    .uniqueArray(fc.tuple(path, fc.uint8Array({ maxLength: 64 })), {
      minLength: 1,
      maxLength: 6,
      selector: ([name]) => name,
    })
    // A name cannot be a file and a folder at once.
    .filter((files) => files.every(([name]) => files.every(([other]) => !other.startsWith(`${name}/`))));

  async function sealed(
    files: readonly (readonly [string, Uint8Array])[],
    check: (root: string) => Promise<void>,
  ): Promise<void> {
    const root = await mkdtemp(join(folder, 'case-'));
    await seal(Object.fromEntries(files), root);
    expect((await verifyFolder(root)).verified).toBe(true);
    await check(root);
    await rm(root, { recursive: true });
  }

  test('any single bit of any file flipped', async () => {
    await fc.assert(
      fc.asyncProperty(tree, fc.nat(), fc.nat(), async (files, which, bit) => {
        const filled = files.filter(([, data]) => data.length > 0);
        fc.pre(filled.length > 0);
        const [name, data] = filled[which % filled.length] ?? ['', new Uint8Array()];
        await sealed(files, async (root) => {
          const flipped = Uint8Array.from(data);
          const at = bit % (flipped.length * 8);
          flipped[at >> 3] = (flipped[at >> 3] ?? 0) ^ (1 << (at & 7));
          await writeFile(join(root, name), flipped);
          const { verified, differences } = await verifyFolder(root);
          expect({ verified, differences }).toMatchObject({
            verified: false,
            differences: [{ change: 'changed', path: name }],
          });
        });
      }),
      { numRuns: 60 },
    );
  });

  test('any byte appended or cut off', async () => {
    await fc.assert(
      fc.asyncProperty(tree, fc.nat(), fc.boolean(), async (files, which, longer) => {
        const [name, data] = files[which % files.length] ?? ['', new Uint8Array()];
        fc.pre(longer || data.length > 0);
        await sealed(files, async (root) => {
          await writeFile(join(root, name), longer ? Uint8Array.from([...data, 0]) : data.slice(0, -1));
          expect((await verifyFolder(root)).differences).toMatchObject([{ change: 'changed', path: name }]);
        });
      }),
      { numRuns: 40 },
    );
  });

  test('any file taken away, and any file put there', async () => {
    await fc.assert(
      fc.asyncProperty(tree, fc.nat(), fc.stringMatching(/^[a-z0-9]{1,8}$/), async (files, which, extra) => {
        const [name] = files[which % files.length] ?? [''];
        const added = `zz_${extra}`;
        await sealed(files, async (root) => {
          await rm(join(root, name));
          await writeFile(join(root, added), '');
          const { differences } = await verifyFolder(root);
          expect(differences.map(({ change, path: where }) => `${change} ${where}`).sort()).toEqual(
            [`added ${added}`, `removed ${name}`].sort(),
          );
        });
      }),
      { numRuns: 40 },
    );
  });

  test('any byte of the manifest changed, when its digest is known', async () => {
    const digest = await seal(FILES);
    const { readFile } = await import('node:fs/promises');
    const whole = await readFile(join(folder, 'manifest.json'));
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), async (at, by) => {
        const changed = Buffer.from(whole);
        changed[at] = (changed[at] ?? 0) ^ by;
        await writeFile(join(folder, 'manifest.json'), changed);
        const { exitCode } = await run(['verify', folder, '--digest', digest]);
        expect([1, 2]).toContain(exitCode);
      }),
      { numRuns: 150 },
    );
  });
});

describe('the command', () => {
  test('0 verified, 1 not, 2 nothing to check', async () => {
    expect((await run(['verify', folder])).exitCode).toBe(2);
    const digest = await seal(FILES);
    const good = await run(['verify', folder]);
    expect(good).toMatchObject({ exitCode: 0 });
    expect(good.out).toContain(`Manifest SHA-256: ${digest}`);
    expect((await run(['verify', folder, '--digest', 'short'])).exitCode).toBe(2);
    expect((await run(['verify', folder, '--digest', '00'.repeat(32)])).exitCode).toBe(1);
    await writeFile(join(folder, 'SUMMARY.md'), 'no');
    const bad = await run(['verify', folder, '--json']);
    expect(bad.exitCode).toBe(1);
    expect(JSON.parse(bad.out)).toMatchObject({
      verified: false,
      differences: [{ change: 'changed', path: 'SUMMARY.md' }],
    });
    expect((await run(['verify', join(folder, 'SUMMARY.md')])).exitCode).toBe(2);
    expect((await run(['verify', join(folder, 'nowhere')])).exitCode).toBe(2);
  });

  test('a relative folder counts from where the person is', async () => {
    await seal(FILES);
    expect((await run(['verify', '.'], { cwd: folder })).exitCode).toBe(0);
  });

  test('a file name cannot write to the terminal', async () => {
    await seal(FILES);
    await writeFile(join(folder, 'evil\u001b[2J'), '');
    const ran = await run(['verify', folder]);
    expect(ran.exitCode).toBe(1);
    expect(ran.out).not.toContain('\u001b');
  });

  test('a manifest that is a link, or paths over one, are refused with 2', async () => {
    await seal(FILES);
    await rename(join(folder, 'logs'), join(folder, 'elsewhere'));
    await symlink('elsewhere', join(folder, 'logs'));
    const over = await run(['verify', folder]);
    expect(over).toMatchObject({ exitCode: 2, err: expect.stringContaining('symbolic link') });
    await rename(join(folder, 'manifest.json'), join(folder, 'm'));
    await symlink('m', join(folder, 'manifest.json'));
    expect((await run(['verify', folder])).exitCode).toBe(2);
  });

  test('an unreadable file is no silent success', async () => {
    await seal(FILES);
    if (process.getuid?.() === 0) return; // root reads everything
    await chmod(join(folder, 'SUMMARY.md'), 0);
    expect((await run(['verify', folder])).exitCode).toBe(2);
  });
});
