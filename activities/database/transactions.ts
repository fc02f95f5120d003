import type { Session } from './database.js';

/** Reads several things as they stood at one moment; a write inside is refused by the server. */
export function inSnapshot<T>(session: Session, fn: () => Promise<T>): Promise<T> {
  return within(session, 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY', fn);
}

/** Reads in a transaction that cannot write, each statement with a snapshot of its own. */
export function inReadOnly<T>(session: Session, fn: () => Promise<T>): Promise<T> {
  return within(session, 'BEGIN READ ONLY', fn);
}

async function within<T>(session: Session, begin: string, fn: () => Promise<T>): Promise<T> {
  await session.query('beginning a read-only transaction', begin);
  let result: T;
  try {
    result = await fn();
  } catch (error) {
    // The first error tells what happened; a connection on which the rollback fails too is thrown away when it is given back.
    await session.query('ending a read-only transaction', 'ROLLBACK').catch(() => undefined);
    throw error;
  }
  await session.query('ending a read-only transaction', 'COMMIT');
  return result;
}
