import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { createEnvironmentLoader, type LoadResult } from '../../../environment/load.js';
import type { EnvironmentSettings } from '../../../environment/settings.js';

/** The smallest environment that loads: everything else has a default. */
export const MINIMAL = {
  name: 'lab',
  kind: 'lab',
  allow: { hosts: ['127.0.0.1'], databases: ['deltacrown_lab'] },
  api: {
    baseUrl: 'http://127.0.0.1:8000',
    authentication: { kind: 'password', username: 'captain', password: 'env:LAB_PASSWORD' },
    // The default samples are too many for one user.
    moreUsers: [{ kind: 'password', username: 'captain2', password: 'env:LAB_PASSWORD' }],
  },
  target: {
    method: 'env-file',
    envFile: '.env.staging',
    supervisor: { program: 'deltacrown-web' },
    manage: { workingFolder: 'target' },
    log: { file: 'logs/web.log' },
  },
  testData: { member: 'player1' },
  contacts: { backendLead: 'A', databaseAdmin: 'B', platform: 'C', onCall: 'D' },
  artifacts: { root: '..' },
};

/** Loads one text as `<name>.yaml` from a folder of its own. */
export async function loadText(
  text: string,
  name = 'lab',
): Promise<LoadResult & { readonly folder: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'environments-'));
  try {
    await writeFile(join(folder, `${name}.yaml`), text);
    return { ...(await createEnvironmentLoader({ directory: folder }).load(name)), folder };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The minimal environment with changes: `null` removes a key, a dotted path names where. */
export function minimalWith(changes: Readonly<Record<string, unknown>>): string {
  const file: Record<string, unknown> = structuredClone(MINIMAL);
  for (const [path, value] of Object.entries(changes)) {
    const steps = path.split('.');
    const last = steps.pop() ?? '';
    let place = file;
    for (const step of steps) {
      const next = place[step];
      const section: Record<string, unknown> =
        typeof next === 'object' && next !== null ? Object.fromEntries(Object.entries(next)) : {};
      place[step] = section;
      place = section;
    }
    if (value === null) Reflect.deleteProperty(place, last);
    else place[last] = value;
  }
  return stringify(file);
}

/** Settings of the minimal environment with changes; a problem is an error. */
export async function settingsWith(
  changes: Readonly<Record<string, unknown>> = {},
): Promise<EnvironmentSettings> {
  const loaded = await loadText(minimalWith(changes));
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return loaded.environment.settings;
}
