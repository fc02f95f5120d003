import { escapeIdentifier } from 'pg';
import type { LoadedEnvironment } from '../../environment/settings.js';
import type { PrivilegeCapture } from '../../procedure/failure-simulation.js';
import { TERMINAL } from '../../procedure/failures.js';
import { failure } from '../support/failure.js';
import type { ChangeBudget } from '../targets/target.js';
import type { Session } from './database.js';
import { booleanOrNull, text } from './rows.js';
import { findTables, requireTable, type FoundTable } from './tables.js';

/** Where the right stands now, or everything that keeps it from being taken and given back exactly. Changes nothing. */
export async function lookAtPrivilege(
  session: Session,
  { settings }: LoadedEnvironment,
): Promise<{ readonly capture: PrivilegeCapture; readonly problems: readonly string[] }> {
  const table = await legacyTeams(session, settings.database.tables);
  const { rows } = await session.query(
    "reading the application's right to insert",
    `SELECT coalesce($2, pg_get_userbyid(c.relowner)) AS role, r.rolsuper AS super, r.oid IS NOT NULL AS known,
            pg_has_role(current_user, c.relowner, 'USAGE') AS may_grant,
            EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attacl IS NOT NULL) AS by_column,
            coalesce(bool_or(g.grantor = c.relowner), false) AS direct,
            coalesce(bool_or(g.grantor <> c.relowner), false) AS by_others,
            coalesce(bool_or(g.is_grantable), false) AS grantable
       FROM pg_class c
       LEFT JOIN pg_roles r ON r.rolname = coalesce($2, pg_get_userbyid(c.relowner))
       LEFT JOIN LATERAL aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) g
              ON g.grantee = r.oid AND g.privilege_type = 'INSERT'
      WHERE c.oid = $1::oid GROUP BY c.oid, c.relowner, r.rolname, r.rolsuper, r.oid`,
    [table.oid, settings.database.applicationRole],
  );
  const row = rows[0] ?? {};
  const role = text(row, 'role');
  const is = (name: string): boolean => booleanOrNull(row, name) === true;
  const problems = [
    ...(is('known') ? [] : [`there is no role ${role}`]),
    ...(is('super') ? [`${role} is a superuser, which no missing right stops`] : []),
    ...(is('known') && !is('direct') && !is('super')
      ? [`${role} has no INSERT on ${table.fullName} of its own (from a group, or from PUBLIC)`]
      : []),
    ...(is('by_others') ? [`others than the owner of ${table.fullName} gave ${role} the right as well`] : []),
    ...(is('by_column')
      ? [`columns of ${table.fullName} have rights of their own, which a REVOKE would remove`]
      : []),
    ...(is('may_grant') ? [] : [`the role of database.adminUrl may not grant rights on ${table.fullName}`]),
  ];
  return { capture: { table: table.fullName, role, grantable: is('grantable') }, problems };
}

/** As above, for somebody who is going to take it. @throws UnexpectedAnswer with all problems. */
export async function capturePrivilege(
  session: Session,
  environment: LoadedEnvironment,
): Promise<PrivilegeCapture> {
  const { capture, problems } = await lookAtPrivilege(session, environment);
  if (problems.length === 0) return capture;
  throw failure(
    TERMINAL.unexpected,
    `The failure cannot be simulated: ${problems.join('; ')}. Nothing was changed.`,
  );
}

/**
 * Takes the right away; run twice, the second time nothing is left to take. It is committed only when the role really
 * has lost it and while the permit lasts. No lock that a writer would wait for.
 */
export async function revokePrivilege(
  session: Session,
  environment: LoadedEnvironment,
  { capture, budget }: { readonly capture: PrivilegeCapture; readonly budget: ChangeBudget },
): Promise<void> {
  const table = await sameTable(session, environment, capture);
  await session.query('beginning the simulation', 'BEGIN');
  try {
    await session.query(
      "taking the application's right",
      `REVOKE INSERT ON ${table.sql} FROM ${escapeIdentifier(capture.role)}`,
    );
    if (await mayInsert(session, table, capture))
      throw failure(
        TERMINAL.unexpected,
        `After the REVOKE ${capture.role} still may insert into ${capture.table}, by another way; it was undone at once.`,
      );
    if (budget.leftMs() <= 0)
      throw failure(TERMINAL.permitRefused, 'The permit of the simulation ran out; nothing was changed.');
  } catch (error) {
    await session.query('undoing the simulation', 'ROLLBACK').catch(() => undefined);
    throw error;
  }
  await session.query('committing the simulation', 'COMMIT');
}

/** Gives it back as it was, and sees that the role has it. */
export async function restorePrivilege(
  session: Session,
  environment: LoadedEnvironment,
  capture: PrivilegeCapture,
): Promise<void> {
  const table = await sameTable(session, environment, capture);
  const option = capture.grantable ? ' WITH GRANT OPTION' : '';
  await session.query(
    "giving the application's right back",
    `GRANT INSERT ON ${table.sql} TO ${escapeIdentifier(capture.role)}${option}`,
  );
  if (!(await mayInsert(session, table, capture)))
    throw failure(
      TERMINAL.unexpected,
      `After the GRANT ${capture.role} still may not insert into ${capture.table}. Legacy rows cannot be written: grant the right by hand.`,
    );
}

async function mayInsert(session: Session, table: FoundTable, { role }: PrivilegeCapture): Promise<boolean> {
  const { rows } = await session.query(
    "reading the application's right",
    "SELECT has_table_privilege($1, $2::oid, 'INSERT') AS may",
    [role, table.oid],
  );
  return booleanOrNull(rows[0] ?? {}, 'may') === true;
}

async function legacyTeams(
  session: Session,
  tables: LoadedEnvironment['settings']['database']['tables'],
): Promise<FoundTable> {
  return requireTable(await findTables(session, tables), 'legacyTeam');
}

/** The captured name came through a history: it leads to a statement only when it is the table that is found now. */
async function sameTable(
  session: Session,
  { settings }: LoadedEnvironment,
  capture: PrivilegeCapture,
): Promise<FoundTable> {
  const table = await legacyTeams(session, settings.database.tables);
  if (table.fullName === capture.table) return table;
  throw failure(
    TERMINAL.unexpected,
    `The legacy teams stand in ${table.fullName} now, the right was taken on ${capture.table}. Give ${capture.role} INSERT on it by hand.`,
  );
}
