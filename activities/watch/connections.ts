import type { LoadedEnvironment } from '../../environment/settings.js';
import type { DatabaseObservation } from '../../procedure/observations.js';
import type { WatchStateInput } from '../contract.js';
import type { Databases } from '../database/database.js';
import { APPLICATIONS_KEPT } from '../../procedure/connections.js';
import { countConnections } from '../database/connections.js';

/** `null` when they could not be counted: the checks of the phases tell that. */
export async function connectionsNow(
  databases: Databases,
  environment: LoadedEnvironment,
  { input, signal }: { readonly input: WatchStateInput; readonly signal: AbortSignal },
): Promise<DatabaseObservation | null> {
  try {
    const { used, usable, applications } = await databases.withDatabase(
      environment,
      signal,
      countConnections,
    );
    return {
      kind: 'database',
      id: `${input.observationId}-connections`,
      at: new Date().toISOString(),
      source: 'rows',
      orphanMappings: null,
      duplicateLegacyIds: null,
      connections: used,
      usableConnections: usable,
      applications: applications.slice(0, APPLICATIONS_KEPT),
      reason: null,
    };
  } catch {
    return null;
  }
}

/** More than `share` (0…1) of the usable connections are in use. */
export function isCrowded(database: DatabaseObservation | null, share: number): boolean {
  if (database === null) return false;
  const { connections: used, usableConnections: usable } = database;
  return used !== null && usable !== null && usable > 0 && used / usable > share;
}
