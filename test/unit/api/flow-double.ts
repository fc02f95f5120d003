import { run } from '../database/scratch-postgres.js';
import { teamSql } from '../database/target-schema.js';
import type { Received } from './target-double.js';

/** Fields of a JSON object; none of anything else. */
export function fieldsOf(body: unknown): Record<string, unknown> {
  return typeof body === 'object' && body !== null ? { ...body } : {};
}

/** What the real target does with the request of a flow, on the scratch database. */
export async function actAsReal(
  url: string,
  { path, body }: Received,
): Promise<{ status: number; body: unknown }> {
  const fields = fieldsOf(body);
  if (path.endsWith('/create/')) {
    await run(url, teamSql({ name: String(fields['name']), gameId: Number(fields['game_id']) }));
    const [team] = await run(url, 'SELECT id::int, slug FROM organizations_team ORDER BY id DESC LIMIT 1');
    return { status: 201, body: { team_id: team?.['id'], team_slug: team?.['slug'], team_url: '/x' } };
  }
  if (path.endsWith('/add/')) {
    const [row] = await run(
      url,
      `INSERT INTO organizations_membership (team_id, user_id, role) VALUES ((SELECT max(id) FROM organizations_team), 2, 'PLAYER') RETURNING id::int`,
    );
    return { status: 200, body: { success: true, membership_id: row?.['id'], members: [] } };
  }
  if (path.endsWith('/role/'))
    await run(url, `UPDATE organizations_membership SET role = 'SUBSTITUTE' WHERE user_id = 2`);
  if (path.endsWith('/settings/')) {
    await run(
      url,
      `UPDATE organizations_team SET region = '${String(fields['region'])}', description = '${String(fields['description'])}' WHERE id > 1`,
    );
  }
  if (path.endsWith('/remove/'))
    await run(url, `UPDATE organizations_membership SET status = 'INACTIVE' WHERE user_id = 2`);
  return { status: 200, body: { success: true } };
}

/** How a target spoils what a flow wrote, and what the flow's reason says then. */
export const SPOILED: Readonly<Record<1 | 2 | 3 | 4 | 5, { readonly sql: string; readonly words: RegExp }>> =
  {
    1: {
      sql: `UPDATE organizations_team SET region = 'NA' WHERE id = 2`,
      words: /^HTTP 201, but region of team 2 is "NA", asked was "EU"$/,
    },
    2: {
      sql: `UPDATE organizations_membership SET user_id = 3 WHERE user_id = 2`,
      words: /^HTTP 200, but membership 3 belongs to player2, asked was player1$/,
    },
    3: {
      sql: `UPDATE organizations_membership SET role = 'PLAYER' WHERE user_id = 2`,
      words: /^HTTP 200, but the role of membership 3 is "PLAYER", asked was "SUBSTITUTE"$/,
    },
    4: {
      sql: `UPDATE organizations_team SET description = '' WHERE id = 2`,
      words: /^HTTP 200, but description of team 2 is "", asked was "Settings changed by/,
    },
    5: {
      sql: `UPDATE organizations_membership SET status = 'ACTIVE' WHERE user_id = 2`,
      words: /^HTTP 200, but membership 3 of player1 is still ACTIVE, asked was its removal$/,
    },
  };
