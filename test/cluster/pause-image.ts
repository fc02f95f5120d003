import { copyFile, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { keyOf, makeOnce } from '../../lab/cache.js';
import { packLayer, writeImage } from './image-archive.js';
import { PAUSE_IMAGE } from './settings.js';

/** The archive of the image of every pod's first process, made of the one program in it. */
export async function pauseImage(program: string): Promise<string> {
  const folder = await makeOnce(join('image-pause', keyOf(program)), async (target) => {
    const layer = join(target, 'layer');
    await mkdir(layer);
    await copyFile(program, join(layer, 'pause'));
    await packLayer(layer, join(target, 'layer.tar'));
    const image = {
      name: PAUSE_IMAGE,
      config: { Entrypoint: ['/pause'] },
      layers: [join(target, 'layer.tar')],
    };
    await writeImage(image, join(target, 'pause.tar'));
    await rm(layer, { recursive: true });
    await rm(join(target, 'layer.tar'));
  });
  return join(folder, 'pause.tar');
}
