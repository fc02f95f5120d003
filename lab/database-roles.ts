import { escapeIdentifier, escapeLiteral } from 'pg';

import { newPassword } from './files.js';
import { connectAsSuperuser } from './postgres-server.js';

/** The staging database's name; it is on the allow-list of the lab's environment file. */
export const DATABASE = 'deltacrown_staging';

/** The application's role; it owns the tables. */
const APPLICATION_ROLE = 'deltacrown';

/** The role that the product under test uses: it reads, and deletes what clean-up has to delete, and no more. */
const PRODUCT_ROLE = 'readiness';

/** The passwords of a lab. They are made with its database and belong to it. */
export interface Passwords {
  readonly superuser: string;
  readonly application: string;
  readonly product: string;
}

/** New passwords for a new database. */
export function newPasswords(): Passwords {
  return { superuser: newPassword(), application: newPassword(), product: newPassword() };
}

/** The address under which the application reaches the database. */
export function applicationUrl(passwords: Passwords, port: number): string {
  return `postgresql://${APPLICATION_ROLE}:${passwords.application}@127.0.0.1:${port}/${DATABASE}`;
}

/** The address that the product gets as `STAGING_DATABASE_URL`. */
export function productUrl(passwords: Passwords, port: number): string {
  return `postgresql://${PRODUCT_ROLE}:${passwords.product}@127.0.0.1:${port}/${DATABASE}`;
}

/**
 * Creates the database and its two roles in a new cluster. The product's rights are given as defaults of the
 * application's role, so that they hold for every table that a migration makes, now or later. UPDATE is for row locks:
 * clean-up locks what it counts (`SELECT … FOR UPDATE`) before it deletes.
 */
export async function createDatabase(passwords: Passwords, port: number): Promise<void> {
  const server = { port, superuserPassword: passwords.superuser };
  const application = escapeIdentifier(APPLICATION_ROLE);
  const product = escapeIdentifier(PRODUCT_ROLE);
  await runStatements(server, 'postgres', [
    `create role ${application} login password ${escapeLiteral(passwords.application)}`,
    `create role ${product} login password ${escapeLiteral(passwords.product)}`,
    // To see the connections of other roles, which the rule about pool exhaustion counts.
    `grant pg_monitor to ${product}`,
    `create database ${escapeIdentifier(DATABASE)} owner ${application}`,
  ]);
  await runStatements(server, DATABASE, [
    'create extension pg_stat_statements',
    `grant usage on schema public to ${product}`,
    `alter default privileges for role ${application} in schema public grant select, update, delete on tables to ${product}`,
  ]);
}

async function runStatements(
  server: { port: number; superuserPassword: string },
  database: string,
  statements: readonly string[],
): Promise<void> {
  const client = await connectAsSuperuser(server, database);
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}
