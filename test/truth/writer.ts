import type pg from 'pg';

/** A target that goes on writing while it is looked at. */
export interface Writer {
  /** Ends it and tells what it met. */
  stop(): Promise<{
    readonly writes: number;
    readonly longestMs: number;
    readonly errors: readonly string[];
  }>;
}

/** Creates and changes teams with their copies, each in one transaction, as fast as it can. A lock that is not free in half a second is an error. Its teams are numbered from `first`. */
export function startWriter(client: pg.Client, first: number): Writer {
  let [writes, longestMs, wanted] = [0, 0, true];
  const errors: string[] = [];
  const one = async (number: number): Promise<void> => {
    const id = 20_000_000 + number;
    await client.query(`
      BEGIN;
      INSERT INTO organizations_team (id, name, slug, owner_id, game_id, region, status, description, created_at, updated_at)
        VALUES (${id}, 'W${id}', 'w${id}', 1, 9, 'EU', 'ACTIVE', '', now(), now());
      INSERT INTO teams_team (id, name, tag, slug, game, region, is_active, is_public, created_at, updated_at)
        VALUES (${id}, 'W${id}', 'W${id}', 'w${id}', '', 'EU', true, true, now(), now());
      INSERT INTO organizations_migration_map VALUES (${id}, ${id}, ${id}, 'w${id}', now());
      UPDATE organizations_team SET region = 'NA' WHERE id = ${number};
      UPDATE teams_team SET region = 'NA' WHERE name = 'Team ${number}';
      COMMIT`);
  };
  const loop = (async () => {
    await client.query(`SET lock_timeout = '500ms'`);
    for (let number = first; wanted; number += 1) {
      const started = performance.now();
      try {
        await one(number);
      } catch (error) {
        errors.push(String(error));
        await client.query('ROLLBACK');
      }
      writes += 1;
      longestMs = Math.max(longestMs, performance.now() - started);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  })();
  return {
    async stop() {
      wanted = false;
      await loop;
      await client.end();
      return { writes, longestMs: Math.round(longestMs), errors };
    },
  };
}
