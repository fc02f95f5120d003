/** What of the test cluster can be looked at without one. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { execa } from 'execa';
import { packLayer, writeImage } from '../../cluster/image-archive.js';
import { overlaps } from '../../cluster/settings.js';
import { asSeenByPods } from '../../cluster/web-database.js';
import { webManifests, type WebSettings } from '../../cluster/web-manifests.js';

test.each([
  ['10.88.0.1/16', '10.88.0.0/24', true],
  ['10.88.0.200/32', '10.88.0.0/24', true],
  ['10.88.1.1/24', '10.88.0.0/24', false],
  ['192.0.2.1/24', '10.88.0.0/24', false],
  ['192.0.2.1/0', '10.88.0.0/24', true],
  ['172.31.0.9/16', '172.31.219.0/24', true],
])('network %s and %s have an address in common: %s', (one, other, expected) => {
  expect(overlaps(one, other)).toBe(expected);
});

test('pods get the same database at the address of the node', () => {
  const url = asSeenByPods({ nodeIp: '10.88.0.1' }, 'postgresql://who:secret@127.0.0.1:20001/staging');
  expect(url).toBe('postgresql://who:secret@10.88.0.1:20001/staging');
});

test.each(['A', 'B'] as const)('method %s has the four flags at one place only', (method) => {
  const settings: WebSettings = {
    ...{ namespace: 'n', replicas: 2, method, databaseUrl: 'postgresql://x', workers: 2 },
    ...{ environment: { TEAM_LEGACY_WRITE_BLOCKED: 'false', LOG_FORMAT: 'json' }, faults: { emptyDir: {} } },
  };
  const [, config, , deployment] = webManifests(settings).map((object) => JSON.stringify(object));
  const flag = /TEAM_[A-Z_]+/g;
  const [here, there] = method === 'A' ? [deployment, config] : [config, deployment];
  expect(here?.match(flag)).toHaveLength(4);
  expect(there?.match(flag)).toBeNull();
  expect(config).toContain('"LOG_FORMAT":"json"');
});

test('the same folder gives the same image, byte by byte', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'readiness-image-'));
  try {
    const archives = [];
    for (const name of ['one', 'two']) {
      const layer = join(folder, `${name}-layer`);
      await execa('mkdir', [layer]);
      await writeFile(join(layer, 'b'), 'second');
      await writeFile(join(layer, 'a'), 'first');
      await packLayer(layer, `${layer}.tar`);
      const archive = join(folder, `${name}.tar`);
      await writeImage(
        { name: 'localhost/x:dev', config: { Cmd: ['/a'] }, layers: [`${layer}.tar`] },
        archive,
      );
      archives.push((await execa('sha256sum', [archive])).stdout.split(' ')[0]);
    }
    expect(archives[0]).toBe(archives[1]);
    const { stdout } = await execa('tar', ['-xOf', join(folder, 'one.tar'), 'index.json']);
    expect(stdout).toContain('"io.containerd.image.name":"localhost/x:dev"');
  } finally {
    await rm(folder, { recursive: true });
  }
});
