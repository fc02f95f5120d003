import type { LoadedEnvironment } from '../../environment/settings.js';
import { kubernetesParts } from '../targets/kubernetes/kubernetes-target.js';
import { createFileLogSource } from './file-log-source.js';
import type { LogSource } from './log-source.js';
import { createPodLogSource } from './pod-log-source.js';

/** The log source of an environment's deployment method. */
export function logSourceOf({ settings }: LoadedEnvironment): LogSource {
  const { target, flags } = settings;
  switch (target.method) {
    case 'env-file':
      return createFileLogSource(target.log.file);
    case 'kubernetes-env':
    case 'kubernetes-config-map':
      return createPodLogSource(kubernetesParts(target, flags.baseline));
  }
}
