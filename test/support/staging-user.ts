import { readFile } from 'node:fs/promises';
import { Client } from 'pg';
import { request } from 'undici';
import type { Rig } from './rig.js';

/** Somebody who uses the staging while a run goes on, over the application's API. */
export class StagingUser {
  #count = 0;

  private constructor(
    private readonly rig: Rig,
    private readonly token: string,
  ) {}

  static async signIn(rig: Rig, username: string): Promise<StagingUser> {
    const password = (await readFile(rig.lab.passwordFile, 'utf8')).trim();
    const { body } = await request(`${rig.lab.webUrl}/api/token/`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username, password }),
    });
    return new StagingUser(rig, ((await body.json()) as { access: string }).access);
  }

  /** Another description for a team of theirs. The HTTP status, or `null` when the application went away meanwhile. */
  async changeSettings(slug: string): Promise<number | null> {
    this.#count += 1;
    try {
      const { statusCode, body } = await request(`${this.rig.lab.webUrl}/api/vnext/teams/${slug}/settings/`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${this.token}` },
        body: JSON.stringify({ description: `change ${String(this.#count)}` }),
      });
      await body.dump();
      return statusCode;
    } catch {
      return null;
    }
  }
}

/** A program that holds a lock on a team's row in a transaction which it does not end. */
export async function lockTeam(
  rig: Rig,
  team: string,
  application: string,
): Promise<{ release(): Promise<void> }> {
  const client = new Client({
    connectionString: rig.lab.applicationDatabaseUrl,
    application_name: application,
  });
  client.on('error', () => undefined);
  await client.connect();
  await client.query('BEGIN');
  await client.query('SELECT 1 FROM organizations_team WHERE name = $1 FOR UPDATE', [team]);
  return { release: () => client.end() };
}
