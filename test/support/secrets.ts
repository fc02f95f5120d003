import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import type { Client } from '@temporalio/client';
import type { Lab } from '../../lab/lab.js';
import { workerLogFile } from '../../lab/worker.js';

const TOKEN = /eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}/;

/** Fails when a password, a database address with its password or a token stands in a history, the worker's log or the evidence. */
export async function searchForSecrets(lab: Lab, client: Client): Promise<void> {
  const password = (await readFile(lab.passwordFile, 'utf8')).trim();
  const secrets = [password, decodeURIComponent(new URL(lab.readinessDatabaseUrl).password)].filter(
    (secret) => secret.length > 3,
  );
  const texts: [string, string][] = [
    [workerLogFile(lab.folder), await readFile(workerLogFile(lab.folder), 'utf8')],
  ];
  for await (const found of client.workflow.list()) {
    const history = await client.workflow.getHandle(found.workflowId, found.runId).fetchHistory();
    texts.push([`history of ${found.workflowId}`, decoded(historyToJSON(history))]);
  }
  const evidence = join(lab.folder, 'repository', 'artifacts');
  const entries = await readdir(evidence, { recursive: true, withFileTypes: true }).catch(() => []);
  for (const entry of entries.filter((one) => one.isFile())) {
    const path = join(entry.parentPath, entry.name);
    texts.push([path, await readFile(path, 'utf8')]);
  }
  for (const [where, text] of texts) {
    if (secrets.some((secret) => text.includes(secret)) || TOKEN.test(text))
      throw new Error(`a secret stands in ${where}`);
  }
}

/** Payloads stand base64-coded in a history. */
function decoded(history: string): string {
  const payloads = [...history.matchAll(/"data":\s*"([A-Za-z0-9+/=]+)"/g)].map((match) =>
    Buffer.from(match[1] ?? '', 'base64').toString('utf8'),
  );
  return [history, ...payloads].join('\n');
}
