import type { LoadedEnvironment } from '../../environment/settings.js';
import { createFileLogSource } from './file-log-source.js';
import type { LogSource } from './log-source.js';

/** The log source of an environment's deployment method. */
export function logSourceOf({ settings }: LoadedEnvironment): LogSource {
  switch (settings.target.method) {
    case 'env-file':
      return createFileLogSource(settings.target.log.file);
  }
}
