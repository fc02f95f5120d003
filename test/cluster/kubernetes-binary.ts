import { chmod, readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';

import { execa } from 'execa';

import { cacheFolder, keyOf, makeOnce } from '../../lab/cache.js';
import { LabError } from '../../lab/lab-error.js';
import { timedStep, type OnProgress } from '../../lab/progress.js';
import { projectFolder } from '../../lab/project.js';
import { runTool, works } from '../../lab/tools.js';

/** The parts of Kubernetes that the one binary holds, each under its own name. */
const NAMES = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kubelet'] as const;

/** The newest Go that is surely new enough; older ones are told so in words instead of in compiler errors. */
const OLDEST_GO = [1, 24] as const;

/** A machine that does much else at the same time has taken half of it. */
const BUILD_MS = 3_600_000;

/** What was built with Go. */
export interface KubernetesPrograms {
  /** The path of one of Kubernetes' own programs. */
  readonly program: (name: (typeof NAMES)[number]) => string;
  readonly pause: string;
}

/** The Go module of the programs. */
function sources(): string {
  return join(projectFolder(), 'test', 'cluster', 'programs');
}

/** Kubernetes from the cache, or built now from the Go modules that go.sum pins. */
export async function kubernetesPrograms(onProgress: OnProgress): Promise<KubernetesPrograms> {
  const make = (target: string): Promise<void> =>
    timedStep(onProgress, 'Building Kubernetes with Go (6 minutes or more, only once)', () => build(target));
  const folder = await makeOnce(await cacheName(), make, { waitMs: BUILD_MS, doing: 'building Kubernetes' });
  return { program: (name) => join(folder, name), pause: join(folder, 'pause') };
}

/** Why Kubernetes can neither be found in the cache nor be built; undefined when it can. */
export async function whyNoKubernetes(): Promise<string | undefined> {
  if (await works(join(cacheFolder(), await cacheName(), 'kubelet'), ['--version'])) return undefined;
  const found = await execa('go', ['env', 'GOVERSION'], { reject: false, stdin: 'ignore', cwd: '/' });
  if (found.failed) return 'Go is not installed (1.24 or newer builds Kubernetes)';
  const [major = 0, minor = 0] = /^go(\d+)\.(\d+)/.exec(found.stdout)?.slice(1).map(Number) ?? [];
  const enough = major > OLDEST_GO[0] || (major === OLDEST_GO[0] && minor >= OLDEST_GO[1]);
  return enough ? undefined : `Go 1.24 or newer is needed to build Kubernetes; this is ${found.stdout}`;
}

async function cacheName(): Promise<string> {
  const files = ['go.mod', 'go.sum', 'main.go', join('pause', 'main.go')];
  const texts = await Promise.all(files.map((file) => readFile(join(sources(), file), 'utf8')));
  return join('kubernetes', keyOf(...texts, process.arch));
}

async function build(target: string): Promise<void> {
  await runTool({
    command: 'nice',
    args: [
      ...['-n', '10', 'go', 'build', '-mod=readonly', '-trimpath', '-buildvcs=false'],
      ...['-ldflags', await linkerFlags(), '-o', `${target}/`, '.', './pause'],
    ],
    cwd: sources(),
    extraEnv: { CGO_ENABLED: '0' },
    failure: 'Kubernetes could not be built with Go',
    next: 'check that Go reaches its module proxy (`go env GOPROXY`) and that the disk has 5 GB left, and start again.',
    timeoutMs: BUILD_MS,
  });
  await chmod(join(target, 'programs'), 0o755);
  for (const name of NAMES) await symlink('programs', join(target, name));
}

/** Kubernetes is told its version when it is linked, and clients read it. */
async function linkerFlags(): Promise<string> {
  const found = /k8s\.io\/kubernetes (v(\d+)\.(\d+)\.\d+)/.exec(
    await readFile(join(sources(), 'go.mod'), 'utf8'),
  );
  if (found === null) throw new LabError(`${sources()}/go.mod names no k8s.io/kubernetes.`, 'restore it.');
  const [, version = '', major = '', minor = ''] = found;
  const values = {
    'k8s.io/component-base/version.gitVersion': version,
    'k8s.io/component-base/version.gitMajor': major,
    'k8s.io/component-base/version.gitMinor': minor,
    'k8s.io/component-base/version.gitTreeState': 'clean',
    'k8s.io/client-go/pkg/version.gitVersion': version,
  };
  return ['-s -w', ...Object.entries(values).map(([name, value]) => `-X ${name}=${value}`)].join(' ');
}
