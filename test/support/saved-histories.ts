import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Client, WorkflowHandle } from '@temporalio/client';
import { historyToJSON, historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import type { Lab } from '../../lab/lab.js';
import type { RunResult } from '../../procedure/status.js';

type History = ReturnType<typeof historyFromJSON>;

/** Histories that are kept with the project: one for each way in which each kind of workflow ended. */
export const HISTORIES = new URL('../histories/', import.meta.url).pathname;

/**
 * Saves one history of every kind of end that is not there yet, without what belongs to this machine alone. Called by a
 * rig that closes, when READINESS_SAVE_HISTORIES is set.
 */
export async function saveHistories(client: Client, lab: Lab): Promise<void> {
  const handles: WorkflowHandle[] = [];
  for await (const { workflowId, runId } of client.workflow.list())
    handles.push(client.workflow.getHandle(workflowId, runId));
  await saveThose(handles, lab);
}

/** The same for chosen workflows, where the server keeps no list. */
export async function saveThose(handles: readonly WorkflowHandle[], lab: Lab): Promise<void> {
  await mkdir(HISTORIES, { recursive: true });
  const there = new Set(await readdir(HISTORIES));
  const clean = cleaner(lab);
  for (const handle of handles) {
    const { workflowId } = handle;
    const { type, status } = await handle.describe();
    if (status.name === 'RUNNING') continue;
    const name = `${type}-${(await endOf(handle, type, status.name)).toLowerCase()}.json`;
    if (there.has(name)) continue;
    there.add(name);
    const text = historyToJSON(await handle.fetchHistory());
    const document = { workflowId, history: JSON.parse(text) as unknown };
    await writeFile(join(HISTORIES, name), `${JSON.stringify(cleaned(document, clean), null, 1)}\n`);
  }
}

/** A run's outcome and its cause; other workflows by how they closed. */
async function endOf(handle: WorkflowHandle, type: string, status: string): Promise<string> {
  if (type !== 'readinessRun') return status;
  const result = await handle.query<RunResult | null>('result').catch(() => null);
  if (result === null) return status;
  const cause = result.rollback === null ? '' : `-${result.rollback.cause}`;
  return `${result.outcome}${result.outcome === 'COMPLETED' ? `-${result.verdict}` : cause}`;
}

export async function savedHistories(): Promise<
  readonly { name: string; workflowId: string; history: History }[]
> {
  const names = (await readdir(HISTORIES).catch((): string[] => [])).filter((name) => name.endsWith('.json'));
  return Promise.all(
    names.sort().map(async (name) => {
      const document = JSON.parse(await readFile(join(HISTORIES, name), 'utf8')) as {
        workflowId: string;
        history: unknown;
      };
      return { name, workflowId: document.workflowId, history: historyFromJSON(document.history) };
    }),
  );
}

function cleaner(lab: Lab): (text: string) => string {
  const places: [string, string][] = [
    [lab.folder, '/lab'],
    [lab.projectFolder, '/project'],
    [lab.python.replace(/\/bin\/.*$/, ''), '/python'],
    [`@${hostname()}`, '@host'],
  ];
  return (text) => places.reduce((kept, [found, put]) => kept.replaceAll(found, put), text);
}

/** Every text, also those inside payloads, which are Base64. */
function cleaned(value: unknown, clean: (text: string) => string): unknown {
  if (typeof value === 'string') return clean(value);
  if (Array.isArray(value)) return value.map((one) => cleaned(one, clean));
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).map(([key, one]): [string, unknown] => [
    key,
    key === 'data' && typeof one === 'string' && 'metadata' in value
      ? Buffer.from(clean(Buffer.from(one, 'base64').toString())).toString('base64')
      : cleaned(one, clean),
  ]);
  return Object.fromEntries(fields);
}
