import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';

import { runTool } from '../../lab/tools.js';

/** What stands in an image's configuration. */
export interface ImageConfig {
  readonly Entrypoint?: readonly string[];
  readonly Cmd?: readonly string[];
  readonly Env?: readonly string[];
  readonly WorkingDir?: string;
}

/** Packs a folder as a layer: owned by root, without times, in the order of names, so that the same gives the same. */
export async function packLayer(folder: string, archive: string): Promise<void> {
  await pack(folder, archive, ['--', ...(await readdir(folder))]);
}

/**
 * Writes an image as one archive, from layers that `packLayer` made; no registry and no daemon has a part in it. It has
 * the index of OCI (`ctr images import`, `kind load image-archive`) and the one of Docker (`docker load`).
 */
export async function writeImage(
  image: { readonly name: string; readonly config: ImageConfig; readonly layers: readonly string[] },
  archive: string,
): Promise<void> {
  const work = `${archive}.work`;
  const blobs = join(work, 'blobs', 'sha256');
  await rm(work, { recursive: true, force: true });
  await mkdir(blobs, { recursive: true });
  const layers = [];
  for (const layer of image.layers) {
    const digest = await digestOf(layer);
    // Followed when it is packed, so that nothing is copied twice.
    await symlink(resolve(layer), join(blobs, digest));
    layers.push({ digest, size: (await stat(layer)).size });
  }
  const blob = async (content: unknown): Promise<{ digest: string; size: number }> => {
    const bytes = Buffer.from(JSON.stringify(content));
    const digest = createHash('sha256').update(bytes).digest('hex');
    await writeFile(join(blobs, digest), bytes);
    return { digest, size: bytes.length };
  };
  const type = 'application/vnd.oci.image';
  const entry = (suffix: string, { digest, size }: { digest: string; size: number }) => ({
    ...{ mediaType: `${type}.${suffix}`, digest: `sha256:${digest}`, size },
  });
  const config = await blob({
    ...{ architecture: process.arch === 'x64' ? 'amd64' : process.arch, os: 'linux' },
    ...{ created: '1970-01-01T00:00:00Z', config: image.config },
    rootfs: { type: 'layers', diff_ids: layers.map(({ digest }) => `sha256:${digest}`) },
  });
  const manifest = await blob({
    ...{ schemaVersion: 2, mediaType: `${type}.manifest.v1+json`, config: entry('config.v1+json', config) },
    layers: layers.map((layer) => entry('layer.v1.tar', layer)),
  });
  const annotations = {
    'io.containerd.image.name': image.name,
    'org.opencontainers.image.ref.name': image.name.split(':').at(-1),
  };
  const index = {
    ...{ schemaVersion: 2, mediaType: `${type}.index.v1+json` },
    manifests: [{ ...entry('manifest.v1+json', manifest), annotations }],
  };
  const forDocker = [
    {
      Config: `blobs/sha256/${config.digest}`,
      RepoTags: [image.name],
      Layers: layers.map(({ digest }) => `blobs/sha256/${digest}`),
    },
  ];
  await writeFile(join(work, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
  await writeFile(join(work, 'index.json'), JSON.stringify(index));
  await writeFile(join(work, 'manifest.json'), JSON.stringify(forDocker));
  await pack(work, archive, ['--dereference', '--', 'oci-layout', 'index.json', 'manifest.json', 'blobs']);
  await rm(work, { recursive: true });
}

async function pack(folder: string, archive: string, what: readonly string[]): Promise<void> {
  await runTool({
    command: 'tar',
    args: [
      ...['--sort=name', '--owner=0', '--group=0', '--numeric-owner', '--mtime=@0'],
      ...['-cf', archive, '-C', folder, ...what],
    ],
    failure: `The archive ${archive} could not be packed`,
    next: 'make room on that disk and start again.',
  });
}

async function digestOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}
