import { existsSync } from 'node:fs';
import { chmod, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';

import { keyOf, makeOnce } from '../../lab/cache.js';
import { timedStep, type OnProgress } from '../../lab/progress.js';
import { targetFolder } from '../../lab/project.js';
import { pythonHome } from '../../lab/python.js';
import { runTool } from '../../lab/tools.js';
import { packLayer } from './image-archive.js';
import { downloadPackages, unpackAll } from './packages.js';

/** To be changed with what this file puts into the image. */
const LAYOUT = '3';

/** Debian's Python, a shell and the small tools that people use in a pod. */
const PACKAGES = ['python3', 'dash', 'busybox-static'];
const APPLETS =
  'ls cat env ps kill sleep id head tail grep wc stat mkdir rm cp mv ln tar date hostname find sed awk test true false printenv timeout tr';

/** Of no use in a container. */
const LEFT_OUT = ['doc', 'man', 'locale', 'lintian', 'bug', 'i18n', 'info'].map((name) =>
  join('usr', 'share', name),
);

/** Where the image keeps the application's Python packages. */
export const SITE = join('usr', 'local', 'lib', 'site-packages');

/** The archive of the layer with Python and the application's packages, from the cache or made now. */
export async function pythonLayer(onProgress: OnProgress): Promise<string> {
  const requirements = join(targetFolder(), 'requirements.txt');
  const release = await readFile('/etc/os-release', 'utf8');
  const key = keyOf(LAYOUT, await readFile(requirements, 'utf8'), release, process.arch);
  const { python } = await pythonHome(onProgress);
  const folder = await makeOnce(join('image-base', key), (target) =>
    timedStep(onProgress, 'Making an image with Python and the sample application', async () => {
      const root = join(target, 'root');
      await makeRoot(root, join(target, 'archives'));
      await installRequirements(root, python, requirements);
      await leaveOut(root);
      await compile(root);
      await packLayer(root, join(target, 'base.tar'));
      await rm(root, { recursive: true });
    }),
  );
  return join(folder, 'base.tar');
}

async function makeRoot(root: string, archives: string): Promise<void> {
  await downloadPackages(PACKAGES, archives, { dependencies: true });
  for (const name of ['bin', 'sbin', 'lib', 'lib64']) {
    await mkdir(join(root, 'usr', name), { recursive: true });
    await symlink(join('usr', name), join(root, name));
  }
  for (const name of ['etc', 'proc', 'sys', 'dev', 'root', 'run', 'tmp', join('var', 'tmp')]) {
    await mkdir(join(root, name), { recursive: true });
  }
  await unpackAll(archives, root);
  await rm(archives, { recursive: true });
  for (const name of ['tmp', join('var', 'tmp')]) await chmod(join(root, name), 0o1777);
  const bin = join(root, 'usr', 'bin');
  await linkIfMissing('python3', join(bin, 'python'));
  await linkIfMissing('dash', join(bin, 'sh'));
  for (const name of APPLETS.split(' ')) await linkIfMissing('busybox', join(bin, name));
  await writeFile(
    join(root, 'etc', 'passwd'),
    'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534::/:/bin/false\n',
  );
  await writeFile(join(root, 'etc', 'group'), 'root:x:0:\nnogroup:x:65534:\n');
  await writeFile(join(root, 'etc', 'nsswitch.conf'), 'passwd: files\ngroup: files\nhosts: files dns\n');
  // The machine's own, which is of the same release: the image's has not been taken along.
  await rootTool('ldconfig', ['-r', root]);
}

/** Wheels for the image's Python, chosen by the lab's own pip: the image needs no pip. */
async function installRequirements(root: string, python: string, requirements: string): Promise<void> {
  const version = await inRoot(root, [
    '/usr/bin/python3',
    '-c',
    'import sys; print("%d.%d" % sys.version_info[:2])',
  ]);
  const machine = process.arch === 'arm64' ? 'aarch64' : 'x86_64';
  await runTool({
    command: python,
    args: [
      ...[
        '-m',
        'pip',
        'install',
        '--quiet',
        '--disable-pip-version-check',
        '--no-compile',
        '--only-binary=:all:',
      ],
      ...['--implementation', 'cp', '--python-version', version.trim(), '--root-user-action=ignore'],
      ...['manylinux2014', 'manylinux_2_17', 'manylinux_2_28'].flatMap((name) => [
        '--platform',
        `${name}_${machine}`,
      ]),
      ...['--target', join(root, SITE), '-r', requirements],
    ],
    failure: 'The Python packages of the image could not be had',
    next: 'check that pip reaches its package index (network, proxy, PIP_INDEX_URL) and start again.',
    timeoutMs: 600_000,
  });
}

/** Manuals, translations and rare encodings are a third of what was unpacked. */
async function leaveOut(root: string): Promise<void> {
  const entries = await readdir(join(root, 'usr'), { recursive: true });
  const found = entries.filter((name) => ['LC_MESSAGES', 'gconv'].includes(basename(name)));
  for (const name of [...LEFT_OUT, ...found.map((entry) => join('usr', entry))])
    await rm(join(root, name), { recursive: true, force: true });
}

/** Unchecked, because times in the image are zero, and compiled code that does not match them is made anew each time. */
async function compile(root: string): Promise<void> {
  const libraries = (await readdir(join(root, 'usr', 'lib'))).filter((name) => /^python3\.\d+$/.test(name));
  const folders = [...libraries.map((name) => `/usr/lib/${name}`), `/${SITE}`];
  const options = ['-m', 'compileall', '-q', '--invalidation-mode', 'unchecked-hash'];
  await Promise.all(folders.map((folder) => inRoot(root, ['/usr/bin/python3', ...options, folder])));
}

function inRoot(root: string, command: readonly string[]): Promise<string> {
  return rootTool('chroot', [root, ...command]);
}

async function rootTool(command: string, args: readonly string[]): Promise<string> {
  return runTool({
    command,
    args,
    cwd: '/',
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LANG: 'C.UTF-8' },
    failure: 'The image with Python could not be made',
    next: 'see the lines above.',
    timeoutMs: 300_000,
  });
}

async function linkIfMissing(to: string, link: string): Promise<void> {
  if (!existsSync(link)) await symlink(to, link);
}
