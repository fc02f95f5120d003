import { cp, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { targetFolder } from '../../lab/project.js';
import { packLayer, writeImage } from './image-archive.js';
import { SITE } from './python-layer.js';
import { WEB_IMAGE } from './settings.js';

/** Where the image keeps the application. */
const APP = 'app';

/** What holds wherever the image runs; a pod's own settings stand in its Deployment. */
const CONFIG = {
  Cmd: ['/bin/sh', `/${APP}/run-web.sh`],
  WorkingDir: `/${APP}`,
  Env: [
    ...['PATH=/usr/local/bin:/usr/bin:/bin', `PYTHONPATH=/${SITE}`, 'LANG=C.UTF-8', 'HOME=/root'],
    ...['PYTHONUNBUFFERED=1', 'PYTHONUTF8=1', 'WEB_BIND=0.0.0.0:8000'],
    ...['STATIC_ROOT=/var/lib/deltacrown/static', 'THROTTLE_CACHE_DIR=/tmp/throttle'],
  ],
};

/**
 * Writes the image of the sample application as it lies in the project now. Not kept in the cache: it takes a second,
 * and every change of the application would leave another hundred megabytes there.
 *
 * @param python the archive of the layer below, from `pythonLayer`.
 */
export async function writeWebImage(python: string, archive: string): Promise<void> {
  const layer = `${archive}.layer`;
  await cp(targetFolder(), join(layer, APP), {
    recursive: true,
    filter: (source) => !source.endsWith('__pycache__') && !source.endsWith('.pyc'),
  });
  await mkdir(join(layer, 'var', 'lib', 'deltacrown', 'static'), { recursive: true });
  await packLayer(layer, `${layer}.tar`);
  await writeImage({ name: WEB_IMAGE, config: CONFIG, layers: [python, `${layer}.tar`] }, archive);
  await rm(layer, { recursive: true });
  await rm(`${layer}.tar`);
}
