import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { cacheFolder, forget, keyOf, makeOnce } from '../../lab/cache.js';
import { LabError } from '../../lab/lab-error.js';
import { withLock } from '../../lab/lock.js';
import { timedStep, type OnProgress } from '../../lab/progress.js';
import { runTool, works } from '../../lab/tools.js';

/**
 * What a node runs beside Kubernetes itself. Unpacked into the cache and not installed: their installation would start
 * services (an etcd, a containerd) on the machine, for ever.
 */
const PROGRAMS = ['containerd', 'runc', 'etcd-server', 'containernetworking-plugins'];

/** Tools and libraries without services, installed when they are missing: how to try each, and its package. */
const TOOLS = [
  { command: 'ip', args: ['-V'], package: 'iproute2' },
  { command: 'openssl', args: ['version'], package: 'openssl' },
  { command: 'mount', args: ['--version'], package: 'mount' },
] as const;

/** The folders of the programs that were unpacked. */
export interface NodePrograms {
  /** containerd with its shim, ctr, runc, etcd: to be put on PATH. */
  readonly path: string;
  readonly containerd: string;
  readonly ctr: string;
  readonly etcd: string;
  readonly networkPlugins: string;
}

/** Makes the programs of a node available, from the cache or from Debian's packages. */
export async function nodePrograms(onProgress: OnProgress): Promise<NodePrograms> {
  await installTools(onProgress);
  const name = join('cluster-programs', keyOf(...PROGRAMS, process.arch, await release()));
  let programs = await unpacked(name, onProgress);
  if (!(await usable(programs))) {
    // The C library that they need may have been replaced since; what is newly downloaded fits.
    await forget(name);
    programs = await unpacked(name, onProgress);
    if (!(await usable(programs))) {
      throw new LabError(
        `Debian's containerd, runc or etcd does not run on this machine (${join(cacheFolder(), name)}).`,
        'start `containerd`, `runc` and `etcd` there with --version and look at what they say.',
      );
    }
  }
  return programs;
}

async function unpacked(name: string, onProgress: OnProgress): Promise<NodePrograms> {
  const folder = await makeOnce(name, (target) =>
    timedStep(onProgress, 'Getting containerd, runc and etcd from Debian', async () => {
      const archives = join(target, 'archives');
      await downloadPackages(PROGRAMS, archives, { dependencies: false });
      await unpackAll(archives, target);
      await rm(archives, { recursive: true });
    }),
  );
  const bin = join(folder, 'usr', 'bin');
  return {
    path: `${bin}:${join(folder, 'usr', 'sbin')}`,
    containerd: join(bin, 'containerd'),
    ctr: join(bin, 'ctr'),
    etcd: join(bin, 'etcd'),
    networkPlugins: join(folder, 'usr', 'lib', 'cni'),
  };
}

async function usable(programs: NodePrograms): Promise<boolean> {
  const runc = programs.path.split(':').map((folder) => works(join(folder, 'runc'), ['--version']));
  const [containerd, etcd, ...either] = await Promise.all([
    works(programs.containerd, ['--version']),
    works(programs.etcd, ['--version']),
    ...runc,
  ]);
  return containerd && etcd && either.includes(true);
}

/** A digest of the system's release: packages of one release do not fit another. */
async function release(): Promise<string> {
  return createHash('sha256')
    .update(await readFile('/etc/os-release', 'utf8'))
    .digest('hex');
}

/**
 * Downloads packages of this machine's own release into a folder, on request with everything that they need, as if
 * nothing were installed yet.
 */
export async function downloadPackages(
  names: readonly string[],
  folder: string,
  options: { readonly dependencies: boolean },
): Promise<void> {
  await mkdir(join(folder, 'partial'), { recursive: true });
  const nothing = join(folder, 'status');
  await writeFile(nothing, '');
  const whole = [
    ...['-o', `Dir::State::status=${nothing}`, '-o', `Dir::Cache::archives=${folder}`],
    // Nothing of the machine's own is written, so nobody has to be waited for.
    ...['-o', 'Debug::NoLocking=1', '-o', 'APT::Install-Recommends=false', '-o', 'APT::Sandbox::User=root'],
    ...['--yes', '--download-only', 'install', ...names],
  ];
  const single = ['-o', 'APT::Sandbox::User=root', 'download', ...names];
  await withPackageLists(() => apt(options.dependencies ? whole : single, folder));
}

/** Unpacks all packages of a folder, in place of the machine's root at another. */
export async function unpackAll(archives: string, root: string): Promise<void> {
  for (const name of (await readdir(archives)).filter((file) => file.endsWith('.deb')).sort()) {
    // Not `dpkg-deb -x`: it replaces the links from /bin and /lib to /usr by folders.
    const unpack = 'dpkg-deb --fsys-tarfile "$1" | tar -x --keep-directory-symlink --no-same-owner -C "$2"';
    await runTool({
      command: 'bash',
      args: ['-o', 'pipefail', '-c', unpack, 'unpack', join(archives, name), root],
      failure: `The package ${name} could not be unpacked into ${root}`,
      next: 'make room on that disk, or remove the folder, and start again.',
    });
  }
}

async function installTools(onProgress: OnProgress): Promise<void> {
  const tried = await Promise.all(
    TOOLS.map(async (tool) => ((await works(tool.command, tool.args)) ? undefined : tool.package)),
  );
  const missing = tried.filter((name) => name !== undefined);
  if (missing.length === 0) return;
  // Two starters would only meet at dpkg's own lock, which is an error there.
  await withLock('cluster-tools', () =>
    timedStep(onProgress, `Installing ${missing.join(', ')}`, () =>
      withPackageLists(() =>
        apt(['-o', 'DPkg::Lock::Timeout=300', '--yes', '--no-install-recommends', 'install', ...missing]),
      ),
    ),
  );
}

/** Fresh machines and images have no package lists, and old lists name packages that are gone. */
async function withPackageLists(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch {
    await apt(['-o', 'DPkg::Lock::Timeout=300', 'update']);
    await work();
  }
}

async function apt(args: readonly string[], cwd = '/'): Promise<void> {
  await runTool({
    command: 'apt-get',
    args: ['-q', ...args],
    cwd,
    extraEnv: { DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' },
    failure: 'Debian packages for the test cluster could not be had',
    next: 'check that apt-get reaches its package source (network, proxy, /etc/apt), and start again.',
    timeoutMs: 600_000,
  });
}
