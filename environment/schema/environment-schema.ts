import { ACCESS } from './access.js';
import { IDENTITY } from './identity.js';
import { LIMITS } from './limits.js';
import { PEOPLE } from './people.js';
import { section, type SchemaNode } from './schema-node.js';
import { TARGET } from './target.js';
import { TESTING } from './testing.js';

/**
 * The schema of environments/<name>.yaml and the only place where its defaults stand: the loader fills them in from
 * here, and `environment.schema.json`, which editors read, is this object printed (a test compares the two).
 */
export const ENVIRONMENT_SCHEMA: SchemaNode & { readonly $schema: string } = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  ...section(
    {
      title: 'readiness environment',
      description:
        'One staging system and how the readiness procedure may touch it. Durations are texts ("24h"), secrets only references ("env:NAME", "file:PATH"), relative paths count from the file\'s own folder.',
      examples: [{ name: 'staging', kind: 'staging' }],
    },
    { ...IDENTITY, ...ACCESS, ...TARGET, ...TESTING, ...LIMITS, ...PEOPLE },
  ),
};

/** The text of environment.schema.json. */
export function environmentSchemaText(): string {
  return `${JSON.stringify(ENVIRONMENT_SCHEMA, null, 2)}\n`;
}
