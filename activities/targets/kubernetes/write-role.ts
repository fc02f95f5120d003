/** Writes the Role's manifest anew: `node dist/activities/targets/kubernetes/write-role.js deploy/kubernetes/role.yaml`, then prettier. */
import { writeFile } from 'node:fs/promises';
import { rightsFor, SEED_NAMES } from './rights.js';
import { roleManifest } from './role-manifest.js';

const [file] = process.argv.slice(2);
if (file === undefined)
  throw new Error('which file? usage: node …/write-role.js deploy/kubernetes/role.yaml');
await writeFile(file, roleManifest(rightsFor(SEED_NAMES), { namespace: 'deltacrown', name: 'readiness' }));
